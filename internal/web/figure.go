package web

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Figure is one number that is asked for when somebody scrapes. Name and Help are as Prometheus wants them; Label is empty,
// or one name from the code that tells figures of one name apart.
type Figure struct {
	Name, Help, Label string
	Value             float64
}

// figureLabel is the name of the label of those that have one.
const figureLabel = "of"

// figuresWithin is how long one look may take.
const figuresWithin = 5 * time.Second

// Figures adds numbers that read returns at each scrape. When it fails the scrape shows the others and
// goodword_figures_failed 1.
func (m *Metrics) Figures(read func(context.Context) ([]Figure, error)) {
	m.Registry.MustRegister(figures(read))
}

// figures is an unchecked collector: what it shows depends on the moment.
type figures func(context.Context) ([]Figure, error)

func (figures) Describe(chan<- *prometheus.Desc) {}

func (f figures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), figuresWithin)
	defer cancel()
	failed := Figure{Name: "goodword_figures_failed", Help: "1 when the figures of the business could not be read for this scrape."}
	list, err := f(ctx)
	if err != nil {
		list, failed.Value = nil, 1
	}
	for _, one := range append(list, failed) {
		var names, values []string
		if one.Label != "" {
			names, values = []string{figureLabel}, []string{one.Label}
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(one.Name, one.Help, names, nil), prometheus.GaugeValue, one.Value, values...)
	}
}
