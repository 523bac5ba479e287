package miner

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/miner/hardware"
	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/model/content/disk"
)

const (
	// lastClaims bounds how long a miner that stops waits for its last claims.
	lastClaims = 15 * time.Second
	// maxBlind is how long a channel is served at most by what the chain said last: far less than the day that a payer waits for its rest at the chain's
	// default withdraw_delay, so that there is time left to claim.
	maxBlind = time.Hour
)

// Options are what a miner is made of. All are required but those said to be optional.
type Options struct {
	Config Config
	Chain  Chain
	Models Models // optional: without it nothing is bound, and no challenge answered
	// Hotkey of the miner, the key that signs for it (nil: the hotkey itself), and its transactions with fees paid by the granter.
	Hotkey      sdk.AccAddress
	Signer      sdk.AccAddress
	HotkeyQueue func(granter sdk.AccAddress) (Queue, error)
	// Owner's transactions; nil where its key is elsewhere.
	Owner        Queue
	OwnerAddress sdk.AccAddress
	// Register says to register an unregistered hotkey.
	Register   bool
	ServiceKey wire.ServiceKey
	SealingKey wire.SealingKey
	Tasks      []task.Task
	Experts    []task.ExpertSpec
	Hardware   func(context.Context) hardware.Report
	Log        *slog.Logger

	Now             func() time.Time // optional: time.Now
	Listener        net.Listener     // optional, in place of Config.Listen
	MetricsListener net.Listener     // optional, in place of Config.MetricsListen
}

// Miner serves one expert in one subnet.
type Miner struct {
	o       Options
	start   time.Time
	metrics *metrics
	state   atomic.Pointer[serving] // nil: starting
	stop    atomic.Bool
	expert  task.Expert   // set by boot, read once all has ended
	till    *till.Till    // likewise; nil where nothing was ever paid
	drained chan struct{} // closed once no request is under way any more
}

// serving is what is known once the miner could start.
type serving struct {
	descriptor task.Descriptor
	expert     task.Expert
	router     http.Handler
	axon       *axonKeeper
	price      *priceKeeper
	binder     *binder // nil: none
}

// New judges the configuration; it opens nothing. Errors: ErrConfig.
func New(o Options) (*Miner, error) {
	if err := o.Config.ValidateServing(); err != nil {
		return nil, err
	}
	if o.Signer == nil {
		o.Signer = o.Hotkey
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Miner{o: o, start: o.Now(), metrics: newMetrics(), drained: make(chan struct{})}, nil
}

// Run serves until the context ends, then lets requests under way finish and returns nil. It returns earlier, with one line
// that says what to do, when the miner cannot start. Run it once.
func (m *Miner) Run(ctx context.Context) error {
	cfg := m.o.Config
	public, private := m.o.Listener, m.o.MetricsListener
	var err error
	if public == nil {
		if public, err = listen(ctx, "listen", cfg.Listen, cfg.MaxConnections); err != nil {
			return err
		}
	}
	defer public.Close()
	if private == nil && cfg.MetricsListen != "" {
		if private, err = listen(ctx, "metrics-listen", cfg.MetricsListen, maxMetrics); err != nil {
			return err
		}
	}
	if private != nil {
		defer private.Close()
	}

	group, gctx := errgroup.WithContext(ctx)
	if private != nil {
		group.Go(func() error {
			return serveUntil(gctx, newServer(newMetricsRouter(http.HandlerFunc(m.health), m.metrics), time.Minute, m.o.Log), private, 0, m.o.Log)
		})
	}
	// The endpoint answers from the first moment, if only that it is starting.
	group.Go(func() error {
		defer close(m.drained)
		return serveUntil(gctx, newServer(http.HandlerFunc(m.dispatch), time.Minute, m.o.Log), public, cfg.DrainTimeout, m.o.Log)
	})
	group.Go(func() error { return m.boot(gctx, group) })
	group.Go(func() error {
		<-gctx.Done()
		m.stopping()
		return gctx.Err()
	})
	err = group.Wait()
	m.closeExpert()
	m.closeTill()
	if err != nil && ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil
	}
	return err
}

// dispatch hands a request to what serves, once something does.
func (m *Miner) dispatch(w http.ResponseWriter, r *http.Request) {
	s := m.state.Load()
	switch {
	case s != nil:
		s.router.ServeHTTP(w, r)
	case r.URL.Path == "/healthz":
		m.health(w, r)
	default:
		w.Header().Set("Retry-After", "1")
		wire.WriteError(w, wire.NewAPIError(http.StatusServiceUnavailable, "starting", "", "this miner is starting; try again in a moment"))
	}
}

// stopping is called once, when the context ends.
func (m *Miner) stopping() {
	m.stop.Store(true)
	m.metrics.ready.Set(0)
	if m.state.Load() != nil {
		m.o.Log.Info("stopping; requests under way may finish", "within", m.o.Config.DrainTimeout)
	}
}

// boot starts what the chain and the expert allow, and joins the parts that go on to the group.
func (m *Miner) boot(ctx context.Context, group *errgroup.Group) error {
	log := m.o.Log
	subnet, descriptor, spec, err := m.choose(ctx)
	if err != nil {
		return err
	}
	granter, err := m.enrol(ctx)
	if err != nil {
		return err
	}
	queue, err := m.o.HotkeyQueue(granter)
	if err != nil {
		return fmt.Errorf("transactions of the hotkey: %w", err)
	}
	log.Info("loading the expert", "task", descriptor.Kind, "expert", spec.Name)
	began := time.Now()
	params := subnet.TaskParams
	if descriptor.Kind != subnet.TaskKind {
		params = m.o.Config.TaskParams
	}
	expert, err := spec.New(ctx, task.ExpertConfig{
		Params: raw(params), Options: raw(m.o.Config.ExpertOptions), Endpoint: m.o.Config.ExpertEndpoint, Root: disk.Root, Log: log,
	})
	if err != nil {
		return fmt.Errorf("load expert %s: %w", spec.Name, err)
	}
	m.expert = expert
	report := m.o.Hardware(ctx)
	log.Info("expert loaded", "seconds", time.Since(began).Seconds(), "hardware", report.String())

	watch := &subnetWatch{chain: m.o.Chain, netuid: subnet.Netuid, every: m.o.Config.CheckEvery, log: log, params: subnet.TaskParams}
	watch.minBalance.Store(subnet.MinCallerBalance)
	if err := m.openTill(queue); err != nil {
		return err
	}
	s, err := m.assemble(descriptor, expert, report, queue, watch, params)
	if err != nil {
		return err
	}
	// What was answered before a restart may come again until then: see newAdmission.
	if err := sleep(ctx, m.start.Add(m.o.Config.MaxSkew).Sub(m.o.Now())); err != nil {
		return err
	}
	m.state.Store(s)
	m.metrics.ready.Set(1)
	log.Info("serving", "url", m.o.Config.PublicURL, "route", descriptor.Route, "hotkey", m.o.Hotkey.String())

	// The queue outlives the rest: what is claimed last goes through it.
	qctx, stopQueue := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error { return queue.Run(qctx) })
	group.Go(func() error {
		defer stopQueue()
		return m.claim(ctx)
	})
	group.Go(func() error { return s.axon.Run(ctx) })
	group.Go(func() error { return s.price.Run(ctx) })
	group.Go(func() error { return watch.Run(ctx) })
	if s.binder != nil {
		group.Go(func() error { return s.binder.Run(ctx) })
	}
	return nil
}

// closeExpert lets go of what an expert holds, such as connections to its backends.
func (m *Miner) closeExpert() {
	c, ok := m.expert.(io.Closer)
	if !ok {
		return
	}
	if err := c.Close(); err != nil {
		m.o.Log.Warn("expert could not be closed", "error", flat(err))
	}
}

// choose finds the task that the subnet asks for and the expert to answer it.
func (m *Miner) choose(ctx context.Context) (Subnet, task.Descriptor, task.ExpertSpec, error) {
	cfg := m.o.Config
	refuse := func(err error) (Subnet, task.Descriptor, task.ExpertSpec, error) {
		return Subnet{}, task.Descriptor{}, task.ExpertSpec{}, err
	}
	subnet, err := m.o.Chain.Subnet(ctx, cfg.Netuid)
	if err != nil {
		return refuse(err)
	}
	kind := subnet.TaskKind
	if cfg.Task != "" && cfg.Task != kind {
		// A subnet of several mechanisms may judge in some of them by another task; which, its owner says off the chain.
		if subnet.Mechanisms < 2 {
			return refuse(fmt.Errorf("%w: subnet %d is about %q, --task is %q; choose another subnet, or leave --task out", ErrWrongTask, cfg.Netuid, kind, cfg.Task))
		}
		kind = cfg.Task
	}
	t, err := task.Find(m.o.Tasks, kind)
	if err != nil {
		return refuse(err)
	}
	spec, err := task.FindExpert(m.o.Experts, kind, cfg.Expert)
	if err != nil {
		return refuse(fmt.Errorf("%w; choose one with --expert", err))
	}
	if spec.Dishonest && !cfg.AllowDishonest {
		return refuse(fmt.Errorf("%w: %s exists to test networks; give --allow-dishonest if this is one", ErrDishonest, spec.Name))
	}
	return subnet, t.Descriptor, spec, nil
}

// enrol makes sure that the hotkey is registered and says who pays its fees.
func (m *Miner) enrol(ctx context.Context) (sdk.AccAddress, error) {
	cfg := m.o.Config
	neuron, err := m.o.Chain.Neuron(ctx, cfg.Netuid, m.o.Hotkey.String())
	registered := err == nil
	if err != nil && !(errors.Is(err, ErrNotRegistered) && m.o.Register) {
		return nil, err
	}
	granter := m.o.OwnerAddress
	if registered {
		if granter, err = sdk.AccAddressFromBech32(neuron.Owner); err != nil {
			return nil, fmt.Errorf("owner of hotkey %s: %w", m.o.Hotkey, err)
		}
		grant, err := m.o.Chain.FeeGrant(ctx, granter, m.o.Signer)
		if err != nil {
			return nil, fmt.Errorf("ask for the hotkey's fee grant: %w", err)
		}
		if !nearlySpent(grant, cfg.FeeAllowance) || m.o.Owner == nil || !granter.Equals(m.o.OwnerAddress) {
			return granter, nil
		}
	}
	got, err := Registration{
		Chain: m.o.Chain, Owner: m.o.Owner, OwnerAddress: m.o.OwnerAddress, Hotkey: m.o.Hotkey, Signer: m.o.Signer, Netuid: cfg.Netuid,
		MaxPrice: cfg.MaxPrice, FeeAllowance: cfg.FeeAllowance, Log: m.o.Log,
	}.Ensure(ctx)
	if err != nil {
		return nil, err
	}
	m.o.Log.Info("registered with fees granted", "netuid", cfg.Netuid, "uid", got.UID, "price", got.Price, "granted_now", got.Granted, "tx", got.Hash)
	return granter, nil
}

func (m *Miner) assemble(d task.Descriptor, expert task.Expert, report hardware.Report, queue Queue, watch *subnetWatch, taskParams string) (*serving, error) {
	cfg, o := m.o.Config, m.o
	sealing, err := o.SealingKey.Public()
	if err != nil {
		return nil, err
	}
	version := expert.Version()
	axon, err := makeAxon(cfg, o.ServiceKey.Public(), sealing[:], report, expert.Name(), version)
	if err != nil {
		return nil, err
	}
	balances, err := newBalances(o.Chain, cfg.MaxCallers, cfg.BalanceTTL, cfg.BalanceMaxStale, o.Now, m.metrics)
	if err != nil {
		return nil, err
	}
	rates, err := newRates(cfg.Rate, cfg.Burst, cfg.MaxCallers)
	if err != nil {
		return nil, err
	}
	keeper := &axonKeeper{chain: o.Chain, queue: queue, hotkey: o.Hotkey, signer: o.Signer, netuid: cfg.Netuid, want: axon, every: cfg.CheckEvery, log: o.Log, metrics: m.metrics}
	keeper.uid.Store(-1)
	h := &handler{
		chainHash: wire.ChainIDHash(cfg.ChainID), chainID: cfg.ChainID, hotkey: o.Hotkey.String(), netuid: uint16(cfg.Netuid),
		descriptor: d, timeout: m.answerTimeout(d), expert: expert, version: version, service: o.ServiceKey, sealing: o.SealingKey,
		admission: newAdmission(cfg, o.Hotkey.String(), m.start, balances, rates, watch, o.Now),
		slots:     newSlots(cfg.MaxConcurrent, cfg.MaxQueue, cfg.QueueWait),
		now:       o.Now, log: o.Log, metrics: m.metrics,
		writeTime: readTimeout + m.answerTimeout(d) + cfg.QueueWait + 10*time.Second,
	}
	routes := map[string]http.Handler{routePath(cfg.PublicURL, d.Route): h}
	if price := cfg.Price(); !price.Free() {
		h.cashier = &cashier{
			till: m.till, price: price, maxOutput: maxOutput(d.Defaults, raw(taskParams)), chainID: cfg.ChainID, hotkey: h.hotkey, netuid: h.netuid,
			resource: wire.PaymentResource{URL: strings.TrimRight(cfg.PublicURL, "/") + d.Route, Description: d.Title, MimeType: contentTypeJSON},
			log:      o.Log, metrics: m.metrics,
		}
		strikes, err := newRates(strikeRate, strikeBurst, cfg.MaxCallers)
		if err != nil {
			return nil, err
		}
		routes[routePath(cfg.PublicURL, wire.VoucherPath)] = &voucherDesk{cashier: h.cashier, strikes: strikes, now: o.Now}
	}
	return &serving{
		descriptor: d, expert: expert, axon: keeper, router: newRouter(routes, http.HandlerFunc(m.health), o.Log, m.metrics),
		price: &priceKeeper{
			chain: o.Chain, queue: queue, hotkey: o.Hotkey, signer: o.Signer, netuid: cfg.Netuid, want: cfg.Price(), every: cfg.CheckEvery, log: o.Log, metrics: m.metrics,
		},
		binder: newBinder(o, expert, queue, m.metrics),
	}, nil
}

// openTill opens the book of vouchers where calls have a price, and where one is left that may hold vouchers to be claimed.
func (m *Miner) openTill(queue Queue) error {
	cfg := m.o.Config
	if cfg.Price().Free() {
		if _, err := os.Stat(filepath.Join(cfg.Home, bookName)); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	t, err := openBook(cfg, m.o.Hotkey, tillChain{m.o.Chain, queue, m.o.Signer}, m.o.Log, m.metrics)
	if err != nil {
		return err
	}
	m.till = t
	return nil
}

func openBook(cfg Config, hotkey sdk.AccAddress, c till.Chain, log *slog.Logger, metrics till.Metrics) (*till.Till, error) {
	return till.Open(till.Options{
		Path: filepath.Join(cfg.Home, bookName), ChainID: cfg.ChainID, Payee: hotkey.String(), Netuid: cfg.Netuid, Chain: c,
		ClaimAbove: cfg.ClaimAbove, ClaimAfter: cfg.ClaimAfter, CheckEvery: cfg.CheckEvery, ChannelTTL: cfg.ChannelTTL, MaxStale: min(cfg.BalanceMaxStale, maxBlind),
		Wait: cfg.VoucherWait, MaxChannels: cfg.MaxChannels, Log: log, Metrics: metrics,
	})
}

// claim claims until the context ends, and then what is left: who stops a miner may not start it again.
func (m *Miner) claim(ctx context.Context) error {
	if m.till == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	err := m.till.Run(ctx)
	<-m.drained
	if !m.o.Config.ClaimOnStop {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastClaims)
	defer cancel()
	if err := m.till.ClaimAll(last); err != nil {
		m.o.Log.Warn("not every voucher was claimed before the stop; they are kept, and claimed after the next start", "error", flat(err))
	}
	return err
}

// closeTill is called once no request is under way.
func (m *Miner) closeTill() {
	if m.till == nil {
		return
	}
	if err := m.till.Close(); err != nil {
		m.o.Log.Error("book of vouchers was not closed well", "error", flat(err))
	}
}

// answerTimeout is twice the task's deadline unless it is set: an answer that is late counts less, but is still of use to someone.
func (m *Miner) answerTimeout(d task.Descriptor) time.Duration {
	return orDuration(m.o.Config.AnswerTimeout, 2*d.Deadline)
}

func (m *Miner) health(w http.ResponseWriter, _ *http.Request) {
	h := Health{
		Status: "starting", ChainID: m.o.Config.ChainID, Netuid: m.o.Config.Netuid, Hotkey: m.o.Hotkey.String(),
		URL: m.o.Config.PublicURL, ServiceKey: m.o.ServiceKey.Public().String(),
	}
	if s := m.state.Load(); s != nil {
		h.Status = "ok"
		version := s.expert.Version()
		h.Task, h.Expert, h.Version = s.descriptor.Kind, s.expert.Name(), hex.EncodeToString(version[:])
		h.Published = s.axon.current.Load()
		h.Bindings = s.binder.Health()
		if uid := s.axon.uid.Load(); uid >= 0 {
			h.UID = &uid
		}
	}
	if m.stop.Load() {
		h.Status = "stopping"
	}
	writeHealth(w, h)
}

// raw is nil for nothing, which tasks read as their defaults.
func raw(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}
