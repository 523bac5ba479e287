package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/model/content"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

const (
	// challengePoll is how often, at least, the chain is asked what it asks for: a window of ten minutes has room for a hundred tries.
	challengePoll = 5 * time.Second
	// bindAgain is how long a refused binding waits, and files that were not those of the version.
	bindAgain = time.Minute
)

// BindingHealth is how one version stands, for /healthz.
type BindingHealth struct {
	Version string `json:"version"`
	Bound   bool   `json:"bound"`
	// ProvenAt is the height of the last answer that the chain took, 0 for none. DueAt is the last that takes one now, 0 where nothing is asked.
	ProvenAt int64 `json:"proven_at"`
	DueAt    int64 `json:"due_at"`
	// Problem keeps it from being bound, or from being proven; empty if there is none.
	Problem string `json:"problem,omitempty"`
}

// binder keeps the neuron bound to the version that is served, and answers the chain's challenges for all that it is bound to.
type binder struct {
	chain   Chain
	models  Models
	queue   Queue
	hotkey  sdk.AccAddress
	signer  sdk.AccAddress
	netuid  uint32
	served  task.Pinned // zero: the expert serves no version
	change  bool        // bind and unbind, not only answer
	every   time.Duration
	again   time.Duration
	files   *modelFiles
	log     *slog.Logger
	metrics *metrics

	last    map[string]modeltypes.BindingInfo // bindings of the look before, by version
	ours    map[string]bool                   // those that we ended
	waiting map[string]time.Time              // no try to bind before
	said    map[string]string                 // problems that were logged, by version

	mu     sync.Mutex
	health []BindingHealth
}

// newBinder is nil where the miner was given no way to ask.
func newBinder(o Options, expert task.Expert, queue Queue, m *metrics) *binder {
	if o.Models == nil {
		return nil
	}
	b := &binder{
		chain: o.Chain, models: o.Models, queue: queue, hotkey: o.Hotkey, signer: o.Signer, netuid: o.Config.Netuid, change: o.Config.Bind,
		every: min(o.Config.CheckEvery, challengePoll), again: max(o.Config.CheckEvery, bindAgain), log: o.Log, metrics: m,
		last: map[string]modeltypes.BindingInfo{}, ours: map[string]bool{}, waiting: map[string]time.Time{}, said: map[string]string{},
	}
	if p, ok := expert.(task.Pinner); ok {
		if pinned, ok := p.Pinned(); ok {
			if _, _, err := versionOf(pinned.Version); err == nil {
				b.served = pinned
			}
		}
	}
	b.files = &modelFiles{dir: o.Config.ModelDir, served: b.served, again: b.again, now: o.Now, log: o.Log, known: map[string]*indexed{}}
	return b
}

// versionOf reads NAME@NUMBER as x/model has it.
func versionOf(label string) (name string, number uint32, err error) {
	i := strings.LastIndexByte(label, '@')
	if i < 0 {
		return "", 0, fmt.Errorf("%.64q: want NAME@NUMBER", label)
	}
	n, err := strconv.ParseUint(label[i+1:], 10, 32)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%.64q: behind @ stands the number of a version, from 1", label)
	}
	return label[:i], uint32(n), modeltypes.CheckName("name", label[:i])
}

// Run looks and acts until ctx ends. Nothing that fails ends it: a miner whose files are gone goes on serving, and says so.
func (b *binder) Run(ctx context.Context) error {
	for {
		if err := b.reconcile(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrNotRegistered) {
			b.complain("", false, err)
		}
		if err := sleep(ctx, b.every); err != nil {
			return err
		}
	}
}

// reconcile compares once what the chain has with what is served, answers what is asked, and binds and unbinds.
func (b *binder) reconcile(ctx context.Context) error {
	n, err := b.chain.Neuron(ctx, b.netuid, b.hotkey.String())
	if err != nil {
		return err
	}
	bindings, err := b.models.Bindings(ctx, b.netuid, n.Uid)
	if err != nil {
		return err
	}
	b.complain("", false, nil)
	b.notice(bindings)
	var health []BindingHealth
	bound := false
	for _, info := range bindings {
		label := modeltypes.Label(info.Version.Model, info.Version.Version)
		h := BindingHealth{Version: label, Bound: true, ProvenAt: info.Binding.ProvenAt}
		if c := info.Binding.Challenge; c != nil {
			h.DueAt = c.DueAt
		}
		bound = bound || label == b.served.Version
		err := b.keep(ctx, label, info)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.complain(label, true, err)
		health = append(health, withProblem(h, err))
	}
	if b.served.Version != "" && !bound {
		err := b.bind(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.complain(b.served.Version, false, err)
		health = append(health, withProblem(BindingHealth{Version: b.served.Version}, err))
	}
	b.tell(len(bindings), health)
	return nil
}

func withProblem(h BindingHealth, err error) BindingHealth {
	if err != nil {
		h.Problem = flat(err)
	}
	return h
}

// notice counts what was bound before and is not now, though we did not end it.
func (b *binder) notice(bindings []modeltypes.BindingInfo) {
	now := map[string]modeltypes.BindingInfo{}
	for _, info := range bindings {
		now[modeltypes.Label(info.Version.Model, info.Version.Version)] = info
	}
	for label, before := range b.last {
		if _, still := now[label]; still || b.ours[label] {
			continue
		}
		if c := before.Binding.Challenge; c != nil {
			b.metrics.challenges.WithLabelValues("missed").Inc()
			b.log.Error("a challenge was missed: the neuron is bound to the version no more, and cannot be again for a while", "version", label, "due_at", c.DueAt)
			continue
		}
		b.log.Warn("the neuron is bound to a version no more", "version", label)
	}
	b.last, b.ours = now, map[string]bool{}
}

// keep answers what is asked of a binding, looks whether it could be, and ends it where the version is not served any more.
func (b *binder) keep(ctx context.Context, label string, info modeltypes.BindingInfo) error {
	if info.Asked != nil {
		return b.answer(ctx, label, info)
	}
	if b.change && b.served.Version != "" && label != b.served.Version {
		return b.unbind(ctx, label, info.Version)
	}
	// What cannot be proven is said before it is asked for.
	root, err := b.root(ctx, info.Version.Model, info.Version.Version)
	if err != nil {
		return err
	}
	_, err = b.files.of(ctx, label, root)
	return err
}

// root of a version, as the chain has it.
func (b *binder) root(ctx context.Context, model string, number uint32) ([32]byte, error) {
	v, err := b.models.Version(ctx, model, number)
	if err != nil {
		return [32]byte{}, err
	}
	if len(v.Root) != 32 {
		return [32]byte{}, fmt.Errorf("the node says that %s has a root of %d bytes", modeltypes.Label(model, number), len(v.Root))
	}
	return [32]byte(v.Root), nil
}

// answer a challenge. One that fails is tried again at the next look, as long as it is open.
func (b *binder) answer(ctx context.Context, label string, info modeltypes.BindingInfo) error {
	asked := info.Asked
	root, err := b.root(ctx, info.Version.Model, info.Version.Version)
	var proof *content.Proof
	if err == nil {
		proof, err = b.files.prove(ctx, label, root, asked.Path, asked.Leaf, asked.Chunk)
	}
	if err != nil {
		b.metrics.challenges.WithLabelValues("failed").Inc()
		return fmt.Errorf("challenge for %s, due at block %d: %w", label, info.Binding.Challenge.GetDueAt(), err)
	}
	msg := &modeltypes.MsgAnswerChallenge{
		Hotkey: b.signer.String(), Netuid: b.netuid, Model: info.Version.Model, Version: info.Version.Version, Chunk: proof.Chunk,
	}
	for _, h := range proof.ChunkPath {
		msg.ChunkPath = append(msg.ChunkPath, h[:])
	}
	for _, h := range proof.LeafPath {
		msg.LeafPath = append(msg.LeafPath, h[:])
	}
	tx, err := b.queue.Submit(ctx, msg)
	switch {
	case errors.Is(err, modeltypes.ErrNoChallenge):
		return nil // an answer before this one was taken, though nobody told
	case err != nil:
		b.metrics.challenges.WithLabelValues("failed").Inc()
		return fmt.Errorf("answer the challenge for %s: %w", label, err)
	}
	// What the node says next may be older than this.
	if before, ok := b.last[label]; ok {
		before.Binding.Challenge = nil
		b.last[label] = before
	}
	b.metrics.challenges.WithLabelValues("answered").Inc()
	b.log.Info("a challenge was answered", "version", label, "file", asked.Path, "leaf", asked.Leaf, "chunk", asked.Chunk, "height", tx.Height, "tx", tx.Hash)
	return nil
}

// bind to the version that is served, once it is registered and its files are here: whoever cannot prove them would lose the binding.
func (b *binder) bind(ctx context.Context) error {
	if !b.change {
		return nil
	}
	name, number, err := versionOf(b.served.Version)
	if err != nil {
		return err
	}
	v, err := b.models.Version(ctx, name, number)
	if errors.Is(err, ErrNoVersion) {
		return nil // many a model is served that nobody published
	}
	if err != nil {
		return err
	}
	root, err := b.root(ctx, name, number)
	if err != nil {
		return err
	}
	if b.served.Root != [32]byte{} && b.served.Root != root {
		return fmt.Errorf("%w: what is served is said to have root %x, %s has %x on the chain", errDiffers, b.served.Root, b.served.Version, root)
	}
	if v.Deprecation != nil {
		return fmt.Errorf("%w: %s: %s", modeltypes.ErrDeprecated, b.served.Version, v.Deprecation.Reason)
	}
	if _, err := b.files.of(ctx, b.served.Version, root); err != nil {
		return fmt.Errorf("not bound to %s, whose files could not be proven: %w", b.served.Version, err)
	}
	if b.files.now().Before(b.waiting[b.served.Version]) {
		return errNotAgain
	}
	tx, err := b.queue.Submit(ctx, &modeltypes.MsgBindVersion{Hotkey: b.signer.String(), Netuid: b.netuid, Model: name, Version: number})
	if errors.Is(err, modeltypes.ErrBound) {
		return nil
	}
	if err != nil {
		b.waiting[b.served.Version] = b.files.now().Add(b.again)
		return fmt.Errorf("bind to %s: %w", b.served.Version, err)
	}
	b.log.Info("bound to the version that is served", "version", b.served.Version, "height", tx.Height, "tx", tx.Hash)
	return nil
}

// unbind from a version that is not served any more. Where a challenge is open that would be to miss it.
func (b *binder) unbind(ctx context.Context, label string, v modeltypes.VersionName) error {
	tx, err := b.queue.Submit(ctx, &modeltypes.MsgUnbindVersion{Hotkey: b.signer.String(), Netuid: b.netuid, Model: v.Model, Version: v.Version})
	if err != nil && !errors.Is(err, modeltypes.ErrNotBound) {
		return fmt.Errorf("unbind from %s: %w", label, err)
	}
	b.ours[label] = true
	b.log.Info("unbound from a version that is not served any more", "version", label, "served", b.served.Version, "tx", tx.Hash)
	return nil
}

// complain logs what is wrong with a version once, until something else is. Who is bound can lose by it; who is not just serves without.
func (b *binder) complain(label string, bound bool, err error) {
	if errors.Is(err, errNotAgain) {
		return
	}
	text := ""
	if err != nil {
		text = flat(err)
	}
	if b.said[label] == text {
		return
	}
	b.said[label] = text
	switch {
	case text == "":
		b.log.Info("bindings are well again", "version", label)
	case label == "":
		b.log.Warn("bindings could not be looked at; trying again", "error", text)
	case !bound:
		b.log.Warn("the neuron is not bound to the version that is served", "version", label, "error", text)
	default:
		b.log.Error("a version that the neuron is bound to cannot be proven", "version", label, "error", text)
	}
}

// tell metrics and health how it stands.
func (b *binder) tell(bound int, health []BindingHealth) {
	problems := 0
	for _, h := range health {
		if h.Problem != "" {
			problems++
		}
	}
	b.metrics.bindings.Set(float64(bound))
	b.metrics.unproven.Set(float64(problems))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.health = health
}

// Health of all versions, as of the last look.
func (b *binder) Health() []BindingHealth {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.health)
}
