package validator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Bounds of how long one transaction is waited for; then the chain is asked what became of it.
const (
	minPatience = 5 * time.Second
	maxPatience = time.Minute
	// patienceBlocks is the same in blocks.
	patienceBlocks = 8
)

// Committer commits and reveals weights, each epoch once. At every height it compares what it keeps with what the chain has and
// does what follows; it holds no state of its own, so a restart at any point goes on where it was.
type Committer struct {
	self     Self
	config   Config
	network  Network
	sender   Sender
	clock    *Clock
	store    *Store
	scores   Scores
	strategy Strategy
	metrics  *Metrics
	log      *slog.Logger

	said map[string]uint64 // complaints of an epoch, made once
	// after, if set, is called behind each step that a crash could follow; its error is returned at once. For tests.
	after func(step string) error
}

// Steps of the committer, between which it may be killed.
const (
	stepPrepared   = "prepared"
	stepCommitSent = "commit-sent"
	stepRevealing  = "revealing"
	stepRevealSent = "reveal-sent"
)

func (c *Committer) crossed(step string) error {
	if c.after == nil {
		return nil
	}
	return c.after(step)
}

// Run commits and reveals until ctx ends. Only the store's failures end it, a hotkey that lost its place, and a key that no longer signs for it.
func (c *Committer) Run(ctx context.Context) error {
	var h int64
	for {
		var err error
		if h, err = c.clock.Wait(ctx, h+1); err != nil {
			return err
		}
		if err := c.Step(ctx, h); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrStore) || errors.Is(err, ErrNotRegistered) || errors.Is(err, subnettypes.ErrKeySwapped) {
				return err
			}
			c.metrics.failures.WithLabelValues("commit").Inc()
			c.log.Warn("weights could not be looked after at this height", "height", h, "error", err)
		}
	}
}

// Step does all that is to be done at one height.
func (c *Committer) Step(ctx context.Context, h int64) error {
	v, err := c.network.View(ctx, h)
	if err != nil {
		return err
	}
	uid, err := c.self.UID(v)
	if err != nil {
		return err
	}
	if v.Epoch().DueAt == 0 {
		c.once(0, "waiting", "the subnet has not started: weights are set once its owner has called agond subnet start", "netuid", c.self.Netuid, "owner", v.Subnet.Owner)
		return nil
	}
	if !v.Has(c.self.Mechanism) {
		c.once(v.Epoch().Index, "mechanism", "the running epoch has no such mechanism: weights are set once it has", "netuid", c.self.Netuid,
			"mechanism", c.self.Mechanism, "mechanisms", v.Epoch().Mechanisms())
		return nil
	}
	if !v.Subnet.Hyperparams.CommitReveal {
		return c.setDirectly(ctx, v, uid)
	}
	// Asked after the view: a commit that the view's epoch allows and that is not there now was revealed or never came.
	onChain, err := c.network.Commits(ctx)
	if err != nil {
		return err
	}
	records, err := c.store.Commits()
	if err != nil {
		return err
	}
	e := v.Epoch()
	var lastUpdate int64
	if n, ok := v.Metagraph.Neuron(uid); ok {
		lastUpdate = n.LastUpdate
	}
	known := false
	for _, r := range records {
		known = known || r.Epoch == e.Index
		if r.Status.Final() {
			continue
		}
		if err := c.advance(ctx, r, find(onChain, r.Epoch), e, lastUpdate); err != nil {
			return err
		}
	}
	if known || e.Paused || h < e.DueAt-commitMargin(c.config.CommitMargin, v.Subnet.Hyperparams.Tempo) {
		return nil
	}
	if find(onChain, e.Index) != nil {
		c.once(e.Index, "foreign", "the chain has a commit of this epoch that is not in the store and cannot be revealed: does another validator use this hotkey?")
		return nil
	}
	return c.commit(ctx, v, uid)
}

func find(commits []scoringtypes.Commit, epoch uint64) *scoringtypes.Commit {
	for i := range commits {
		if commits[i].Epoch == epoch {
			return &commits[i]
		}
	}
	return nil
}

// todo is what a commit waits for.
type todo int

const (
	wait todo = iota
	sendCommit
	sendReveal
)

// next is the state machine of one commit: what it is, given what the chain has of it, and what to do about it.
func next(r CommitRecord, on *scoringtypes.Commit, e scoringtypes.Epoch, lastUpdate int64) (Status, string, todo) {
	switch {
	case r.Epoch > e.Index:
		return r.Status, "", wait
	case on != nil && !bytes.Equal(on.Hash, r.Hash):
		return Failed, "the chain has another commit of this epoch: does another validator use this hotkey?", wait
	case on != nil && on.Epoch+1 < e.Index:
		return Expired, "not revealed in time", wait
	case on != nil && on.Epoch == e.Index:
		return Committed, "", wait
	case on != nil && on.Version != r.Version:
		return Failed, fmt.Sprintf("the subnet went to weights version %d as version %d was committed", on.Version, r.Version), wait
	case on != nil && on.ExamReceipts != uint32(r.Params.ReceiptsPerMiner):
		return Failed, fmt.Sprintf("the subnet went to %d receipts per miner as %d were committed", on.ExamReceipts, r.Params.ReceiptsPerMiner), wait
	case on != nil && len(on.Seed) == 0:
		if r.Status == Revealing {
			return Revealing, "", wait
		}
		return Committed, "", wait
	case on != nil:
		return Revealing, "", sendReveal
	}
	// The chain has nothing of it.
	switch {
	case r.Status == Prepared && r.Epoch == e.Index:
		return Prepared, "", sendCommit
	case r.Status == Prepared:
		return Missed, "never reached the chain in its epoch", wait
	case r.Status == Revealing && (r.Epoch+1 == e.Index || lastUpdate > r.Height):
		return Revealed, "", wait
	case r.Epoch+1 < e.Index:
		return Expired, "not revealed in time", wait
	}
	// Seen before and not now, though it cannot have been revealed: the node lags behind the one asked before.
	return r.Status, "", wait
}

// advance moves one commit on.
func (c *Committer) advance(ctx context.Context, r CommitRecord, on *scoringtypes.Commit, e scoringtypes.Epoch, lastUpdate int64) error {
	status, reason, do := next(r, on, e, lastUpdate)
	if status != r.Status {
		var height int64
		if on != nil {
			height = on.Height
		}
		if err := c.mark(r.Epoch, status, height, reason); err != nil {
			return err
		}
		if status == Revealing {
			if err := c.crossed(stepRevealing); err != nil {
				return err
			}
		}
	}
	switch do {
	case sendCommit:
		return c.sendCommit(ctx, r)
	case sendReveal:
		return c.sendReveal(ctx, r, *on)
	}
	return nil
}

func (c *Committer) mark(epoch uint64, status Status, height int64, reason string) error {
	if err := c.store.MarkCommit(epoch, status, height, reason); err != nil {
		return err
	}
	c.metrics.commits.WithLabelValues(string(status)).Inc()
	switch status {
	case Missed, Expired, Failed:
		c.log.Error("weights lost", "epoch", epoch, "status", status, "reason", reason)
	case Committed, Revealed:
		c.log.Info("weights "+string(status), "epoch", epoch)
	}
	return nil
}

// commit prepares an epoch's weights and sends their hash, in that order.
func (c *Committer) commit(ctx context.Context, v *View, uid uint16) error {
	r, row, err := c.row(ctx, v, uid)
	if err != nil || len(row.Weights) == 0 {
		return err
	}
	record, leaves, err := newCommit(r, row)
	if err != nil {
		return fmt.Errorf("commit of epoch %d: %w", r.Binding.Epoch, err)
	}
	if err := c.store.PutCommit(record, leaves); err != nil {
		return err
	}
	if err := c.crossed(stepPrepared); err != nil {
		return err
	}
	return c.sendCommit(ctx, record)
}

// row asks the strategy for weights; it says once per epoch why there are none.
func (c *Committer) row(ctx context.Context, v *View, uid uint16) (RowRequest, Row, error) {
	e := v.Epoch()
	records, err := c.store.Leaves(e.Index)
	if err != nil {
		return RowRequest{}, Row{}, err
	}
	r := RowRequest{
		Self: c.self, UID: uid, View: v, Params: v.ExamParams(), Binding: c.self.Binding(e.Index),
		Leaves: leavesOf(v, records), Scores: c.scores, Network: c.network,
	}
	row, err := c.strategy.Row(ctx, r)
	if err != nil {
		return r, row, fmt.Errorf("weights of epoch %d: %w", e.Index, err)
	}
	if len(row.Weights) == 0 {
		c.once(e.Index, "empty", "nobody to give weight to yet", "receipts", len(r.Leaves), "examined", len(Eligible(r)))
	}
	return r, row, nil
}

func (c *Committer) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, min(max(patienceBlocks*c.clock.Interval(), minPatience), maxPatience))
}

func (c *Committer) sendCommit(ctx context.Context, r CommitRecord) error {
	limited, cancel := c.patience(ctx)
	defer cancel()
	res, err := c.sender.Submit(limited, &scoringtypes.MsgCommitWeights{
		Hotkey: c.self.Signer().String(), Netuid: uint32(c.self.Netuid), Mechanism: uint32(c.self.Mechanism), Epoch: r.Epoch, Hash: r.Hash,
	})
	if err != nil {
		return c.refused(ctx, r, err)
	}
	if err := c.crossed(stepCommitSent); err != nil {
		return err
	}
	return c.mark(r.Epoch, Committed, res.Height, "")
}

func (c *Committer) sendReveal(ctx context.Context, r CommitRecord, on scoringtypes.Commit) error {
	if !r.matches(c.self) {
		return c.mark(r.Epoch, Failed, 0, "what is kept of the commit does not match its hash")
	}
	stored, err := c.store.TreeLeaves(r.Epoch)
	if err != nil {
		return err
	}
	opened, err := openings(c.self, r, on.Seed, uint16(on.ExamOpenings), stored)
	if err != nil {
		return c.mark(r.Epoch, Failed, 0, err.Error())
	}
	limited, cancel := c.patience(ctx)
	defer cancel()
	_, err = c.sender.Submit(limited, &scoringtypes.MsgRevealWeights{
		Hotkey: c.self.Signer().String(), Netuid: uint32(c.self.Netuid), Mechanism: uint32(c.self.Mechanism), Epoch: r.Epoch, Version: r.Version,
		Weights: wireWeights(r.Weights), Salt: r.Salt, ReceiptsRoot: r.Root, Openings: wireOpenings(opened),
	})
	if err != nil {
		return c.refused(ctx, r, err)
	}
	if err := c.crossed(stepRevealSent); err != nil {
		return err
	}
	return c.mark(r.Epoch, Revealed, 0, "")
}

func wireOpenings(opened []exam.Opening) []scoringtypes.Opening {
	out := make([]scoringtypes.Opening, len(opened))
	for i, o := range opened {
		out[i] = scoringtypes.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path}
	}
	return out
}

// hopeless refusals would be repeated for ever.
var hopeless = []error{
	scoringtypes.ErrExamination, scoringtypes.ErrOutdated, scoringtypes.ErrHashMismatch, scoringtypes.ErrWeightsVersion, scoringtypes.ErrInvalidField,
	scoringtypes.ErrWeightsCount, scoringtypes.ErrWeightsUID, scoringtypes.ErrWeightsOrder, scoringtypes.ErrWeightsValue,
}

// refused decides what a failed transaction means. Whatever is not hopeless is tried again at the next height, when the chain
// says what became of it.
func (c *Committer) refused(ctx context.Context, r CommitRecord, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, h := range hopeless {
		if errors.Is(err, h) {
			return c.mark(r.Epoch, Failed, 0, err.Error())
		}
	}
	if errors.Is(err, subnettypes.ErrKeySwapped) {
		return err
	}
	c.metrics.failures.WithLabelValues("submit").Inc()
	c.once(r.Epoch, "refused", "the chain did not take it; trying again", "error", err)
	return nil
}

// setDirectly sets weights where the subnet asks for no promise: once in each epoch, at the height at which it would be committed.
func (c *Committer) setDirectly(ctx context.Context, v *View, uid uint16) error {
	e, h := v.Epoch(), v.Subnet.Hyperparams
	from := max(e.DueAt-commitMargin(c.config.CommitMargin, h.Tempo), e.StartedAt)
	n, ok := v.Metagraph.Neuron(uid)
	if !ok || e.Paused || v.Height() < from || n.LastUpdate >= from || (n.LastUpdate > 0 && v.Height() < n.LastUpdate+int64(h.WeightsInterval)) {
		return nil
	}
	r, row, err := c.row(ctx, v, uid)
	if err != nil || len(row.Weights) == 0 {
		return err
	}
	limited, cancel := c.patience(ctx)
	defer cancel()
	_, err = c.sender.Submit(limited, &scoringtypes.MsgSetWeights{
		Hotkey: c.self.Signer().String(), Netuid: uint32(c.self.Netuid), Mechanism: uint32(c.self.Mechanism), Version: h.WeightsVersion,
		Weights: wireWeights(pad(row.Weights, h.MinWeights, uint32(len(r.View.Metagraph.Neurons)))),
	})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, subnettypes.ErrKeySwapped) {
			return err
		}
		c.once(e.Index, "refused", "the chain did not take the weights; trying again", "error", err)
		return nil
	}
	c.metrics.commits.WithLabelValues("set").Inc()
	c.log.Info("weights set", "epoch", e.Index)
	return nil
}

// once logs a complaint once in an epoch.
func (c *Committer) once(epoch uint64, what, message string, args ...any) {
	if c.said == nil {
		c.said = map[string]uint64{}
	}
	if at, ok := c.said[what]; ok && at == epoch {
		return
	}
	c.said[what] = epoch
	c.log.Warn(message, append([]any{"epoch", epoch}, args...)...)
}
