package validator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
)

// Parts are what a daemon is made of: the chain as it sees it, its keys, its task and its store. Tests bring their own.
type Parts struct {
	Self     Self
	Config   Config
	Network  Network
	Heights  Heights
	Disputes Disputes // nil: nobody is accused or judged
	Hotkey   Sender
	Owner    Sender // nil: the operator funds the callers
	Accounts Accounts
	Payments Payments // nil: only miners that are free are asked
	Task     task.Task
	Store    *Store
	Strategy Strategy
	Listener net.Listener // of the metrics; nil for none
	// SignerOf is the address of the key that signs for a hotkey; nil: hotkeys sign themselves.
	SignerOf func(ctx context.Context, hotkey string) (string, error)
	Log      *slog.Logger
}

// Daemon is a validator of one subnet.
type Daemon struct {
	parts     Parts
	clock     *Clock
	metrics   *Metrics
	callers   *Callers
	book      *Scorebook
	rounds    *Rounds
	committer *Committer
	inspector *Inspector
	disputer  *Disputer // nil: none
	samples   *Samples  // nil: none
	client    *wire.Client
}

// New puts a daemon together, restores its scores, and makes the keys of its callers. It asks nobody yet. Errors:
// [ErrConfig], [ErrStore], and the task's, such as [task.ErrNoMaterial].
func New(ctx context.Context, p Parts) (*Daemon, error) {
	if err := p.Config.Validate(); err != nil {
		return nil, err
	}
	funding, err := parseCoin(p.Config.CallerFunding)
	if err != nil {
		return nil, fmt.Errorf("%w: caller_funding: %w", ErrConfig, err)
	}
	v, err := p.Network.View(ctx, 0)
	if err != nil {
		return nil, err
	}
	params, attestation, err := v.task()
	if err != nil {
		return nil, err
	}
	d := &Daemon{parts: p, clock: NewClock(p.Heights)}
	d.metrics = NewMetrics(d.clock)
	examiner := p.Config.examiner()
	examiner.Params = []byte(params)
	d.book, err = OpenScorebook(ctx, p.Task, examiner, p.Config.policy(p.Task.Deadline), p.Store, p.Log)
	if err != nil {
		return nil, explainMaterial(p.Config, p.Task, err)
	}
	d.callers = &Callers{
		self: p.Self, accounts: p.Accounts, store: p.Store, network: p.Network, owner: p.Owner, funding: funding,
		life: time.Duration(p.Config.SessionLife), log: p.Log, now: time.Now,
	}
	if err := d.callers.Prepare(p.Config.Callers); err != nil {
		return nil, err
	}
	budget, err := parseCoin(p.Config.QuestionBudget)
	if err != nil {
		return nil, fmt.Errorf("%w: question_budget: %w", ErrConfig, err)
	}
	timeout := answerTimeout(p.Task.Deadline)
	if d.client, err = newWireClient(p.Self, p.Config, p.Task); err != nil {
		return nil, err
	}
	asker := &Asker{
		self: p.Self, client: d.client, callers: d.callers, store: p.Store, book: d.book, clock: d.clock, metrics: d.metrics, log: p.Log,
		payments: p.Payments, tab: &tab{most: budget.Amount.Uint64()},
		route: p.Task.Route, perMiner: p.Config.PerMinerConcurrency, together: semaphore.NewWeighted(int64(p.Config.Concurrency)),
	}
	d.rounds = &Rounds{
		self: p.Self, config: p.Config, network: p.Network, clock: d.clock, asker: asker, book: d.book, store: p.Store, callers: d.callers,
		strategy: p.Strategy, metrics: d.metrics, scores: &ScoresFile{Path: p.Config.scoresPath()}, log: p.Log, timeout: timeout,
	}
	d.committer = &Committer{
		self: p.Self, config: p.Config, network: p.Network, sender: p.Hotkey, clock: d.clock, store: p.Store, scores: d.book,
		strategy: p.Strategy, metrics: d.metrics, log: p.Log,
	}
	d.inspector, err = openInspector(Inspector{
		self: p.Self, config: p.Config, network: p.Network, clock: d.clock, store: p.Store, book: d.book, accounts: p.Accounts, metrics: d.metrics,
		log: p.Log, signerOf: p.SignerOf, file: &HardwareFile{Path: p.Config.hardwarePath()},
	})
	if err != nil {
		return nil, err
	}
	if err := d.inspector.canVerify(attestation); err != nil {
		return nil, err
	}
	// Before any weights are made.
	d.inspector.judge(v, attestation)
	if gateways, err := parseSampleGateways(p.Config.SampleGateways); err != nil {
		return nil, fmt.Errorf("%w: sample_gateways: %w", ErrConfig, err)
	} else if len(gateways) > 0 {
		d.samples, err = openSamples(Samples{
			self: p.Self, config: p.Config, gateways: gateways, network: p.Network, clock: d.clock, store: p.Store, book: d.book, accounts: p.Accounts,
			metrics: d.metrics, log: p.Log,
		})
		if err != nil {
			return nil, err
		}
		d.samples.judge(v)
	}
	if p.Disputes != nil && p.Config.Dispute {
		d.disputer = &Disputer{
			self: p.Self, network: p.Network, disputes: p.Disputes, sender: p.Hotkey, clock: d.clock, store: p.Store, book: d.book,
			evidence: EvidenceFolder{p.Config.evidencePath()}, report: &DisputesFile{Path: p.Config.disputesPath()}, metrics: d.metrics, log: p.Log,
		}
	}
	return d, nil
}

// newWireClient calls miners as a user would who wants no two of its calls to be linked.
func newWireClient(self Self, c Config, t task.Task) (*wire.Client, error) {
	timeout := answerTimeout(t.Deadline)
	client, err := wire.NewClient(wire.ClientOptions{
		ChainID: self.ChainID, Timeout: timeout, DialTimeout: min(timeout, wire.DefaultDialTimeout), MaxReply: t.MaxResponseBytes,
		AllowPrivate: c.AllowPrivate, FreshConnections: true,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return client, nil
}

// Run examines, commits and reveals until ctx ends or a part fails; then all parts stop and are waited for. It returns nil if
// ctx ended it.
func (d *Daemon) Run(ctx context.Context) error {
	defer d.client.Close()
	g, parts := errgroup.WithContext(ctx)
	g.Go(func() error { return d.clock.Run(parts) })
	// A reveal may be due while callers wait for their funds.
	g.Go(func() error { return d.committer.Run(parts) })
	g.Go(func() error { return d.examine(parts) })
	g.Go(func() error { return d.inspector.Run(parts) })
	if d.disputer != nil {
		g.Go(func() error { return d.disputer.Run(parts) })
	}
	if d.samples != nil {
		g.Go(func() error { return d.samples.Run(parts) })
	}
	if d.parts.Payments != nil {
		g.Go(func() error { return d.parts.Payments.Run(parts) })
	}
	if d.parts.Listener != nil {
		g.Go(func() error { return serve(parts, d.parts.Listener, d.metrics.Handler(d.parts.Self, d.clock)) })
	}
	err := g.Wait()
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Canceled)) {
		return nil
	}
	return err
}

// examine funds the callers first: without them there is nothing to ask.
func (d *Daemon) examine(ctx context.Context) error {
	for {
		v, err := d.parts.Network.View(ctx, 0)
		if err == nil {
			err = d.callers.Fund(ctx, v.Subnet.Hyperparams.MinCallerBalance)
		}
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.metrics.failures.WithLabelValues("callers").Inc()
		d.parts.Log.Warn("no question can be asked yet", "error", err)
		if _, err := d.clock.Wait(ctx, d.clock.Height()+5); err != nil {
			return err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return d.rounds.Run(ctx) })
	g.Go(func() error { return d.callers.Run(ctx, d.clock) })
	return g.Wait()
}
