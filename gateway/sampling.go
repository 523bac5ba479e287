package gateway

import (
	"fmt"
	"net/http"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agon-chain/agon/gateway/samples"
	"github.com/agon-chain/agon/wire"
)

// sampling opens the sample of calls and what gives it to validators; nil where none is named. Then nothing is kept, and what an earlier run kept is removed.
func (g *Gateway) sampling(registry prometheus.Registerer) (*samples.Store, http.Handler, error) {
	cfg := g.o.Config
	o := samples.Options{Dir: cfg.sampleDir(), Share: cfg.SampleShare, Keep: cfg.SampleKeep, Life: cfg.SampleLife, Now: g.o.Now, Log: g.o.Log}
	named := cfg.sampleValidators()
	if len(named) == 0 {
		o.Keep = 0
	}
	store, err := samples.Open(o)
	if err != nil || len(named) == 0 {
		return nil, nil, err
	}
	address, err := g.o.Account.Address(wire.AddressPrefix)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: signing-key: %w", ErrConfig, err)
	}
	served := prometheus.NewCounter(prometheus.CounterOpts{Name: "agon_gateway_samples_served_total", Help: "Samples of calls given to validators."})
	registry.MustRegister(served, prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "agon_gateway_samples", Help: "Samples of calls that are kept."}, func() float64 {
		return float64(store.Count())
	}))
	office := samples.Office{ChainID: cfg.ChainID, Address: address, Validators: named, Store: store, Now: g.o.Now, Log: g.o.Log, Served: served}
	return store, office.Handler(), nil
}

// beside serves samples beside the API, where there are any.
func beside(api, office http.Handler) http.Handler {
	if office == nil {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == wire.SamplesPath && r.Method == http.MethodPost {
			office.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

func (c Config) sampleDir() string {
	if c.SampleDir != "" {
		return c.SampleDir
	}
	return filepath.Join(c.Home, "samples")
}
