package validator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/model/content/disk"
)

// watchKeyEvery is how often a validator asks whether its key still signs for its hotkey.
const watchKeyEvery = 10 * time.Second

// Options are what a program adds to the configuration.
type Options struct {
	Tasks      []task.Task // that this program knows
	Strategy   Strategy    // nil: Honest
	Passphrase io.Reader   // of a file keyring
	Log        *slog.Logger
}

// link is a validator's connection to its chain.
type link struct {
	config  Config
	self    Self
	client  *chain.Client
	follow  *chain.Follower
	keyring *chain.Keyring
	owner   *chain.TxQueue // nil: the keyring has no owner key
	node    *node
	log     *slog.Logger
}

// connect opens the keyring and finds the node. Errors: [chain.ErrNoKey], [chain.ErrNoNode], [chain.ErrWrongChain], and subnettypes.ErrKeySwapped for a key that
// no longer signs for its hotkey.
func connect(ctx context.Context, c Config, o Options) (*link, error) {
	keys, err := chain.OpenKeyring(c.Home, c.KeyringBackend, o.Passphrase)
	if err != nil {
		return nil, err
	}
	key, err := keys.Address(c.SigningKey)
	if errors.Is(err, chain.ErrNoKey) {
		return nil, fmt.Errorf("%w; make keys with: agon-validator init --home %s, or this one with: agon-validator keys add %s", err, c.Home, c.SigningKey)
	}
	if err != nil {
		return nil, err
	}
	cc := chain.DefaultConfig()
	cc.RPC, cc.GRPC, cc.ChainID, cc.GasPrice, cc.PollEvery, cc.Logger = c.RPC, c.GRPC, c.ChainID, c.GasPrice, time.Duration(c.PollEvery), o.Log
	client, err := chain.Dial(ctx, cc)
	if err != nil {
		return nil, err
	}
	hotkey, err := client.HotkeyOf(ctx, key)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	l := &link{
		config: c, client: client, follow: chain.NewFollower(client), keyring: keys, log: o.Log,
		self: Self{ChainID: c.ChainID, Netuid: uint16(c.Netuid), Mechanism: uint8(c.Mechanism), Hotkey: hotkey, Key: key},
	}
	l.node = &node{client: client, follow: l.follow, self: l.self, config: c}
	l.owner, err = chain.NewTxQueue(client, keys, chain.KeyOwner, chain.TxOptions{})
	if err != nil && !errors.Is(err, chain.ErrNoKey) {
		return nil, errors.Join(err, client.Close())
	}
	return l, nil
}

// run f beside the parts that every use of the chain needs, and stop them after it.
func (l *link) run(ctx context.Context, f func(ctx context.Context) error) error {
	parts := []func(context.Context) error{l.follow.Run}
	if l.owner != nil {
		parts = append(parts, l.owner.Run)
	}
	return errors.Join(beside(ctx, parts, f), l.client.Close())
}

// beside runs f beside parts that go on until they are cancelled, cancels them after it, and returns when all have ended: with
// f's error, with that of a part that failed before, or with nil if f was done or ctx ended.
func beside(ctx context.Context, parts []func(context.Context) error, f func(context.Context) error) error {
	g, running := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(running)
	for _, part := range parts {
		g.Go(func() error { return part(running) })
	}
	var own error
	g.Go(func() error {
		defer stop()
		own = f(running)
		return own
	})
	err := g.Wait()
	switch {
	case own != nil && !errors.Is(own, context.Canceled):
		// A part that f's end has cancelled may have been quicker to say so.
		return own
	case errors.Is(err, context.Canceled) && (own == nil || ctx.Err() != nil):
		return nil
	}
	return err
}

func (l *link) registration() (Registration, error) {
	limit, err := parseCoin(l.config.FeeLimit)
	r := Registration{
		Self: l.self, MaxPrice: l.config.MaxPrice, FeeLimit: limit, Log: l.log, Neuron: l.node.neuron, Granted: l.node.granted,
	}
	// A nil queue must become a nil interface.
	if l.owner != nil {
		r.Owner = l.owner
	}
	return r, err
}

// Register gives the hotkey its place and its fees, if it lacks them, and returns.
func Register(ctx context.Context, c Config, o Options) error {
	if err := c.Validate(); err != nil {
		return err
	}
	l, err := connect(ctx, c, o)
	if err != nil {
		return err
	}
	return l.run(ctx, func(ctx context.Context) error {
		if _, err := querySubnet(ctx, l.client, l.self.Netuid); err != nil {
			return err
		}
		r, err := l.registration()
		if err != nil {
			return err
		}
		_, err = r.Ensure(ctx, true)
		return err
	})
}

// Run is the whole daemon: it returns nil when ctx ends it, or one line that says what to do. Everything that can be wrong with the
// machine is found out before the chain is paid.
func Run(ctx context.Context, c Config, o Options) (err error) {
	if err := c.Validate(); err != nil {
		return err
	}
	if o.Strategy == nil {
		o.Strategy = Honest{}
	}
	var listener net.Listener
	if c.MetricsListen != "" {
		if listener, err = Listen(ctx, c.MetricsListen); err != nil {
			return err
		}
		// Served, it is closed already; the second close says so and nothing else.
		defer listener.Close() //nolint:errcheck // see above
	}
	l, err := connect(ctx, c, o)
	if err != nil {
		return err
	}
	return l.run(ctx, func(ctx context.Context) error { return l.validate(ctx, o, listener) })
}

func (l *link) validate(ctx context.Context, o Options, listener net.Listener) (err error) {
	subnet, err := querySubnet(ctx, l.client, l.self.Netuid)
	if err != nil {
		return err
	}
	if err := l.self.checkMechanism(ctx, l.client, subnet); err != nil {
		return err
	}
	subnet = l.config.judged(subnet)
	t, err := task.Find(o.Tasks, subnet.TaskKind)
	if err != nil {
		return fmt.Errorf("subnet %d: %w", l.self.Netuid, err)
	}
	if err := l.checkMaterial(ctx, t, subnet.TaskParams); err != nil {
		return err
	}
	store, err := OpenStore(l.config.storePath(), l.self)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	r, err := l.registration()
	if err != nil {
		return err
	}
	granter, err := r.Ensure(ctx, l.config.Register)
	if err != nil {
		return err
	}
	hotkey, err := chain.NewTxQueue(l.client, l.keyring, l.config.SigningKey, chain.TxOptions{FeeGranter: granter})
	if err != nil {
		return err
	}
	parts := Parts{
		Self: l.self, Config: l.config, Network: l.node, Heights: l.follow, Disputes: l.node, Hotkey: hotkey, Accounts: l.keyring,
		Task: t, Store: store, Strategy: o.Strategy, Listener: listener, Log: o.Log,
	}
	if l.owner != nil {
		parts.Owner = l.owner
	}
	payments, err := l.payments(t)
	if err != nil {
		return err
	}
	if payments != nil {
		defer payments.wire.Close()
		parts.Payments = payments
	}
	d, err := New(ctx, parts)
	if err != nil {
		return err
	}
	o.Log.Info("validating", "chain_id", l.self.ChainID, "netuid", l.self.Netuid, "hotkey", l.self.Hotkey.String(), "task", t.Kind, "behaviour", o.Strategy.Name())
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return hotkey.Run(ctx) })
	g.Go(func() error { return l.client.WatchKey(ctx, l.self.Signer(), watchKeyEvery) })
	g.Go(func() error {
		if err := d.Run(ctx); err != nil {
			return err
		}
		// Ended from outside: the queue ends with the same context.
		return ctx.Err()
	})
	return g.Wait()
}

// payments is what pays for questions; nil where nothing is to be paid.
func (l *link) payments(t task.Task) (*callerPayers, error) {
	most, err := parseCoin(l.config.QuestionBudget)
	if err != nil || most.IsZero() {
		return nil, err
	}
	funding, err := parseCoin(l.config.CallerFunding)
	if err != nil {
		return nil, err
	}
	client, err := newWireClient(l.self, l.config, t)
	if err != nil {
		return nil, err
	}
	budget := uint64(payer.DefaultBudget)
	if funding.IsPositive() {
		// The rest stays in the wallet: miners ask callers for a balance, and transactions for fees.
		budget = max(funding.Amount.Uint64()/2, channelDeposit)
	}
	return &callerPayers{
		client: l.client, keyring: l.keyring, wire: client, dir: l.config.statePath(), chainID: l.self.ChainID, budget: budget, prices: payer.FromClient(l.client), log: l.log,
	}, nil
}

// checkMaterial makes an examiner and throws it away: a validator without questions must not register.
func (l *link) checkMaterial(ctx context.Context, t task.Task, params string) error {
	config := task.ExaminerConfig{DataDir: l.config.DataDir, Endpoint: l.config.ExaminerEndpoint, Root: disk.Root}
	if params != "" {
		config.Params = json.RawMessage(params)
	}
	_, err := t.NewExaminer(ctx, config)
	return explainMaterial(l.config, t, err)
}

// explainMaterial says what to do about material that is absent.
func explainMaterial(c Config, t task.Task, err error) error {
	if errors.Is(err, task.ErrNoMaterial) {
		return fmt.Errorf("task %q: %w; fetch it (langid: make data; chat: see task/README.md) and name its folder with --data-dir (now %q)", t.Kind, err, c.DataDir)
	}
	return err
}
