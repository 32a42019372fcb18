package api_test

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"goodword/internal/api"
)

var update = flag.Bool("update", false, "write what is compared")

const openAPI = "../../frontend/console/openapi.json"

// The console's types are generated from this file.
func TestDocument_IsTheOneThatTheConsoleWasGeneratedFrom(t *testing.T) {
	t.Parallel()
	got := api.Document()
	if *update {
		if err := os.WriteFile(openAPI, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not the document of this API; write it with go test -run Document -update", openAPI)
	}
}
