package seed

import (
	"context"
	"time"
)

// Short is a demonstration with fewer people and a shorter past.
func Short(ctx context.Context, w World, people int, history time.Duration) (Made, error) {
	return demo(ctx, w, people, history)
}
