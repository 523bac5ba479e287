package validator

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/x/scoring/exam"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

const (
	// roundLength is the least time that a round is spread over where an epoch is long enough for several.
	roundLength = 30 * time.Second
	// maxTopUps bounds the extra rounds of an epoch for miners that still lack receipts.
	maxTopUps = 2
)

// Rounds is the loop that examines: sample, ask, judge, settle, keep.
type Rounds struct {
	self     Self
	config   Config
	network  Network
	clock    *Clock
	asker    *Asker
	book     *Scorebook
	store    *Store
	callers  *Callers
	strategy Strategy
	metrics  *Metrics
	scores   *ScoresFile
	log      *slog.Logger
	timeout  time.Duration // of one answer

	epoch  uint64
	begun  bool // whether epoch is set
	done   int
	topUps int
}

// commitMargin is how many blocks before the end of an epoch weights are committed.
func commitMargin(configured int, tempo uint64) int64 {
	if configured > 0 {
		return int64(configured)
	}
	return max(2, int64(tempo/5))
}

// window is the heights of one round.
type window struct{ start, end, cut int64 }

// planWindow finds the heights of the next round. No question is sent from cut on, so that its answer is there when weights are
// committed; the rounds that remain share the heights that remain. False: too late, wait for the next epoch.
func planWindow(height int64, e scoringtypes.Epoch, margin, answerBlocks int64, rounds, done int) (window, bool) {
	// Answers get at most a third of the epoch to come in: what is slower than that costs a receipt, not the round.
	answerBlocks = min(answerBlocks, max(1, (e.DueAt-e.StartedAt)/3))
	cut := e.DueAt - margin - answerBlocks
	if e.Paused || height >= cut {
		return window{}, false
	}
	remaining := int64(max(rounds-done, 1))
	return window{start: height, end: height + max((cut-height)/remaining, 1), cut: cut}, true
}

// roundsIn is how many rounds fit into an epoch's blocks, at most the number configured.
func roundsIn(blocks int64, interval time.Duration, most int) int {
	return int(min(max(int64(time.Duration(blocks)*interval/roundLength), 1), int64(most)))
}

// Run examines until ctx ends. What the network or the task fails at is logged and tried again at the next height; only the
// store's failures end it, and a hotkey that lost its place.
func (r *Rounds) Run(ctx context.Context) error {
	var h int64
	for {
		var err error
		if h, err = r.clock.Wait(ctx, h+1); err != nil {
			return err
		}
		if err := r.step(ctx, h); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if errors.Is(err, ErrStore) || errors.Is(err, ErrNotRegistered) {
				return err
			}
			r.metrics.failures.WithLabelValues("round").Inc()
			r.log.Warn("no round at this height", "height", h, "error", err)
		}
		// A round takes many heights: go on from where the chain is now.
		h = max(h, r.clock.Height()-1)
	}
}

func (r *Rounds) step(ctx context.Context, h int64) error {
	v, err := r.network.View(ctx, h)
	if err != nil {
		return err
	}
	e := v.Epoch()
	if !r.begun || e.Index != r.epoch {
		r.epoch, r.begun, r.done, r.topUps = e.Index, true, 0, 0
		if err := r.store.Prune(e.Index); err != nil {
			return err
		}
		r.retain(v)
	}
	if !v.Has(r.self.Mechanism) {
		return nil // the committer says so
	}
	margin := commitMargin(r.config.CommitMargin, v.Subnet.Hyperparams.Tempo)
	rounds := roundsIn(e.DueAt-e.StartedAt-margin, r.clock.Interval(), r.config.Rounds)
	w, ok := planWindow(v.Height(), e, margin, r.clock.Blocks(r.timeout), rounds, r.done)
	if !ok {
		return nil
	}
	uid, err := r.self.UID(v)
	if err != nil {
		return err
	}
	miners := r.strategy.Targets(askable(v, uid))
	if len(miners) == 0 {
		return nil
	}
	s, err := r.slotsOf(v, miners)
	if err != nil {
		return err
	}
	if r.done >= rounds {
		miners = slices.DeleteFunc(slices.Clone(miners), func(n chain.Neuron) bool { return s.missing(n.UID) == 0 })
		if len(miners) == 0 || r.topUps >= maxTopUps {
			return nil
		}
		r.topUps++
	}
	if err := r.round(ctx, v, w, sample(miners, s, r.config.Sample), s); err != nil {
		return err
	}
	r.done++
	return nil
}

// slotsOf says which receipts of this epoch are there already, also those from before a restart.
func (r *Rounds) slotsOf(v *View, miners []chain.Neuron) (*slots, error) {
	records, err := r.store.Leaves(v.Epoch().Index)
	if err != nil {
		return nil, err
	}
	uids := make([]uint16, len(miners))
	for i, n := range miners {
		uids[i] = n.UID
	}
	return newSlots(v.ExamParams(), r.self.Binding(v.Epoch().Index), uids, leavesOf(v, records)), nil
}

func (r *Rounds) round(ctx context.Context, v *View, w window, miners []chain.Neuron, s *slots) error {
	roster := r.callers.Roster()
	if len(roster) == 0 {
		return ErrNoCallers
	}
	params, _, err := v.task()
	if err != nil {
		return err
	}
	if err := r.book.Adopt(ctx, params); err != nil {
		return err
	}
	ids := make([]task.MinerID, len(miners))
	lacking := 0
	for i, n := range miners {
		ids[i] = task.MinerID(n.Hotkey)
		lacking = max(lacking, s.missing(n.UID))
	}
	plan, err := r.book.Begin(ctx, ids, min(max(r.config.PerMiner, lacking), exam.MaxReceiptsPerMiner))
	if err != nil {
		return err
	}
	r.log.Debug("round begins", "round", plan.Number, "epoch", v.Epoch().Index, "miners", len(miners), "questions", len(plan.Questions), "from", w.start, "to", w.end)
	results, err := r.asker.Round(ctx, asking{plan: plan, view: v, slots: s, roster: roster, start: w.start, end: w.end, cut: w.cut})
	if err != nil {
		// What was answered is in the store; the next start settles it.
		return err
	}
	counted, err := r.book.Finish(ctx, results)
	if err != nil {
		return err
	}
	if !counted {
		r.log.Warn("nobody answered: the fault is taken to be here, no score changes", "round", plan.Number, "miners", len(miners))
	}
	r.metrics.rounds.Inc()
	standings := r.book.Standings()
	r.metrics.standings(standings)
	full := 0
	for _, n := range miners {
		if s.missing(n.UID) == 0 {
			full++
		}
	}
	r.log.Info("round settled", "round", plan.Number, "epoch", v.Epoch().Index, "answers", len(results), "of", len(plan.Questions), "miners", len(miners), "examined", full)
	if err := r.scores.Write(r.self, v, standings); err != nil {
		r.log.Warn("scores were not written for reading", "error", err)
	}
	return nil
}

// retain forgets the miners that lost their place.
func (r *Rounds) retain(v *View) {
	ids := make([]task.MinerID, len(v.Metagraph.Neurons))
	for i, n := range v.Metagraph.Neurons {
		ids[i] = task.MinerID(n.Hotkey)
	}
	r.book.Retain(ids)
}

// askable are the neurons that serve, other than the validator itself.
func askable(v *View, self uint16) []chain.Neuron {
	return slices.DeleteFunc(v.Metagraph.Serving(), func(n chain.Neuron) bool { return n.UID == self })
}

// sample draws at most n miners: those that lack the most receipts first, else by chance.
func sample(miners []chain.Neuron, s *slots, n int) []chain.Neuron {
	out := slices.Clone(miners)
	rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	slices.SortStableFunc(out, func(a, b chain.Neuron) int { return s.missing(b.UID) - s.missing(a.UID) })
	return out[:min(n, len(out))]
}
