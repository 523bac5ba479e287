package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/admin"
	"github.com/agon-chain/agon/gateway/api"
	"github.com/agon-chain/agon/gateway/directory"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/keys/store"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

// Options are what a gateway is made of. Config, Source, Account, Sign, Tasks and Log are required.
type Options struct {
	Config  Config
	Source  directory.Source
	Account wire.AccountKey // signs the sessions under which miners are called
	Sign    wire.AccountSigner
	Log     *slog.Logger
	// Payments opens what pays, on top of the client that calls; nil: only miners without a price are called.
	Payments func(*wire.Client) (Payments, error)

	Now           func() time.Time // optional: time.Now
	Listener      net.Listener     // optional, in place of Config.Listen
	AdminListener net.Listener     // optional, in place of Config.AdminListen
}

// Payments pays for calls, and looks after what it pays with until Run's context ends. Close it when no call is under way.
type Payments interface {
	upstream.Pays
	Run(ctx context.Context) error
	Close() error
}

// Gateway serves the API.
type Gateway struct{ o Options }

// New judges the configuration; it opens nothing. Errors: ErrConfig.
func New(o Options) (*Gateway, error) {
	if err := o.Config.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Gateway{o}, nil
}

// Run serves until the context ends, then lets calls under way finish and returns nil. It returns earlier, with one line that says what to do, when the gateway cannot
// start. Run it once.
func (g *Gateway) Run(ctx context.Context) error {
	cfg, log := g.o.Config, g.o.Log
	public, private := g.o.Listener, g.o.AdminListener
	var err error
	if public == nil {
		if public, err = listen(ctx, "listen", cfg.Listen, cfg.MaxConnections); err != nil {
			return err
		}
	}
	defer public.Close()
	if private == nil && cfg.AdminListen != "" {
		if private, err = listen(ctx, "admin-listen", cfg.AdminListen, maxAdmin); err != nil {
			return err
		}
	}
	if private != nil {
		defer private.Close()
	}

	traces, endTraces, err := cfg.tracer(ctx)
	if err != nil {
		return err
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := endTraces(last); err != nil {
			log.Warn("the last traces were not sent", "error", flat(err))
		}
	}()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics := api.NewMetrics(registry)
	kept, giving, err := g.sampling(registry)
	if err != nil {
		return err
	}
	var sampler api.Sampler // a nil store must not become an interface that is not
	if kept != nil {
		sampler = kept
	}

	client, err := wire.NewClient(wire.ClientOptions{
		ChainID: cfg.ChainID, Timeout: cfg.Timeout, MaxReply: cfg.MaxReply, AllowPrivate: cfg.AllowPrivate, IdlePerHost: 128, Now: g.o.Now,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	defer client.Close()
	var pays upstream.Pays = upstream.Free(client)
	var payments Payments
	if g.o.Payments != nil {
		if payments, err = g.o.Payments(client); err != nil {
			return err
		}
		pays = payments
	}
	closePayments := func() error {
		if payments == nil {
			return nil
		}
		return payments.Close()
	}

	gate, service, database, err := g.gate(ctx)
	if err != nil {
		return errors.Join(err, closePayments())
	}
	var office http.Handler
	if private != nil && service != nil {
		token, err := admin.ReadToken(cfg.adminTokenPath())
		if err != nil {
			return errors.Join(err, database.Close(), closePayments())
		}
		office = admin.New(admin.Options{Store: database, Service: service, Token: token, Log: log})
	}
	router := route.New(g.o.Now)
	dir := directory.New(forgetful{g.o.Source, router}, cfg.RefreshEvery, log, g.o.Now)
	registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "agon_gateway_view_age_seconds", Help: "Age of the view of the chain; -1 before the first."}, func() float64 {
			if _, age, err := dir.Latest(); err == nil {
				return age.Seconds()
			}
			return -1
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "agon_gateway_miners", Help: "Miners that can be called."}, func() float64 {
			v, _, err := dir.Latest()
			if err != nil {
				return 0
			}
			return float64(len(v.Miners))
		}),
	)
	a := api.New(api.Options{
		ChainID: cfg.ChainID, Directory: dir, Router: router, Gate: gate, Metrics: metrics, Log: log, Tracer: traces.Tracer("agon-gateway"),
		Caller: &upstream.Caller{
			Pays: pays, Sessions: &upstream.Sessions{ChainID: cfg.ChainID, Account: g.o.Account, Sign: g.o.Sign, Now: g.o.Now},
			HedgeAfter: cfg.HedgeAfter, Now: g.o.Now, Observe: metrics.Observe,
		},
		MaxBody: cfg.MaxBody, MaxCost: cfg.MaxCallCost, Attempts: cfg.Attempts, Timeout: cfg.Timeout, StaleAfter: cfg.StaleAfter, Disguise: cfg.Disguise, Now: g.o.Now,
		Samples: sampler,
	})

	// What calls lean on outlives the last of them.
	group, gctx := errgroup.WithContext(ctx)
	below, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	under, uctx := errgroup.WithContext(below)
	if service != nil {
		under.Go(func() error { return service.Run(uctx) })
	}
	if payments != nil {
		under.Go(func() error { return payments.Run(uctx) })
	}
	if kept != nil {
		under.Go(func() error { return kept.Run(uctx) })
	}
	group.Go(func() error { return dir.Run(gctx) })
	group.Go(func() error {
		return serveUntil(gctx, newServer(beside(a.Handler(), giving), cfg.Timeout+time.Minute, log), public, cfg.TLSCert, cfg.TLSKey, cfg.DrainTimeout, log)
	})
	if private != nil {
		group.Go(func() error {
			return serveUntil(gctx, newServer(adminRouter(a, registry, office), time.Minute, log), private, "", "", 0, log)
		})
	}
	// What calls lean on ended by itself: nothing can be served any more.
	group.Go(func() error {
		select {
		case <-gctx.Done():
			return nil
		case <-uctx.Done():
			return errBelow
		}
	})
	log.Info("serving", "listen", public.Addr().String(), "chain_id", cfg.ChainID, "open_access", cfg.OpenAccess)
	err = g.wait(ctx, group, gctx, end, under)
	if database != nil {
		err = errors.Join(err, database.Close())
	}
	return errors.Join(err, closePayments())
}

// errBelow says that keys or payments stopped; their own error says why.
var errBelow = errors.New("keys or payments stopped")

// wait waits for what serves, then ends what it leaned on.
func (g *Gateway) wait(ctx context.Context, group *errgroup.Group, gctx context.Context, end context.CancelFunc, under *errgroup.Group) error {
	err := group.Wait()
	end()
	if below := under.Wait(); below != nil && !errors.Is(below, context.Canceled) {
		err = errors.Join(err, below)
	}
	if err != nil && ctx.Err() != nil && gctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

// gate opens the keys, unless everybody is served.
func (g *Gateway) gate(ctx context.Context) (api.Gate, *keys.Service, *store.Store, error) {
	cfg := g.o.Config
	if cfg.OpenAccess {
		return api.Open(), nil, nil, nil
	}
	database, err := store.Open(ctx, cfg.DatabaseName())
	if err != nil {
		return nil, nil, nil, err
	}
	spool := filepath.Join(cfg.Home, "spool")
	if err := os.MkdirAll(spool, 0o700); err != nil {
		return nil, nil, nil, errors.Join(err, database.Close())
	}
	service, err := keys.NewService(ctx, keys.Options{Store: database, Logger: g.o.Log, Spool: spool, Now: g.o.Now})
	if err != nil {
		return nil, nil, nil, errors.Join(err, database.Close())
	}
	return api.Keys(service), service, database, nil
}

// adminRouter serves what only the operator should see.
func adminRouter(a *api.API, registry *prometheus.Registry, office http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", a.Health)
	mux.HandleFunc("GET /readyz", a.Ready)
	if office != nil {
		mux.Handle("/admin/", office)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		wire.WriteError(w, wire.NewAPIError(http.StatusNotFound, "unknown_route", "", "no such route; there are /metrics, /healthz, /readyz and /admin/"))
	})
	return mux
}

// forgetful drops what was seen of miners that are no more.
type forgetful struct {
	directory.Source
	router *route.Router
}

func (f forgetful) Read(ctx context.Context) (*directory.View, error) {
	v, err := f.Source.Read(ctx)
	if err == nil {
		f.router.Forget(v)
	}
	return v, err
}

// OnChain makes the options that a node gives: the view, the payments out of the key's account or of one that it is an operator of.
func OnChain(c *chain.Client, ring *chain.Keyring, cfg Config, tasks []task.Task, log *slog.Logger) (Options, error) {
	o := Options{Config: cfg, Source: directory.OnChain(c, tasks), Log: log}
	var err error
	if o.Account, o.Sign, err = ring.AccountSigner(cfg.SigningKey); err != nil {
		return Options{}, err
	}
	o.Payments = func(w *wire.Client) (Payments, error) { return openPurse(c, ring, cfg, w, log) }
	return o, nil
}

// purse is a payer with what it stands on.
type purse struct {
	*payer.Payer
	queue  *chain.TxQueue
	ledger *payer.Ledger
}

func openPurse(c *chain.Client, ring *chain.Keyring, cfg Config, w *wire.Client, log *slog.Logger) (*purse, error) {
	seed, err := ring.EnsureSeed("voucher-" + cfg.SigningKey)
	if err != nil {
		return nil, err
	}
	key, err := wire.VoucherKeyFromSeed(seed[:])
	if err != nil {
		return nil, err
	}
	queue, err := chain.NewTxQueue(c, ring, cfg.SigningKey, chain.TxOptions{})
	if err != nil {
		return nil, err
	}
	ledger, err := payer.OpenLedger(filepath.Join(cfg.Home, "channels.db"), cfg.ChainID)
	if err != nil {
		return nil, err
	}
	own := queue.Address().String()
	owner := own
	if cfg.PaymentAccount != "" {
		owner = cfg.PaymentAccount
	}
	p, err := payer.New(payer.Config{
		ChainID: cfg.ChainID, Owner: owner, Tx: queue, Chain: payer.FromClient(c), Wire: w, Ledger: ledger, Key: key, Deposit: cfg.Deposit, Budget: cfg.ChannelBudget,
		MaxCall: cfg.MaxCallCost, TimeoutBlocks: c.Config().TimeoutBlocks, Fund: owner == own, Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, ledger.Close())
	}
	return &purse{p, queue, ledger}, nil
}

// Run sends transactions and looks after the channels until ctx ends.
func (p *purse) Run(ctx context.Context) error {
	group, gctx := errgroup.WithContext(ctx)
	group.Go(func() error { return p.queue.Run(gctx) })
	group.Go(func() error { return p.Payer.Run(gctx) })
	return group.Wait()
}

// Close writes what is not written yet.
func (p *purse) Close() error { return errors.Join(p.Payer.Close(), p.ledger.Close()) }

// adminTokenPath is the file of the administrator's token.
func (c Config) adminTokenPath() string {
	if c.AdminTokenFile != "" {
		return c.AdminTokenFile
	}
	return filepath.Join(c.Home, "admin-token")
}

// flat puts an error on one line.
func flat(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
