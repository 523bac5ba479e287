package validator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"

	"github.com/agon-chain/agon/task"
)

// Scorebook joins the task's examiner, the moving scores and the store that keeps both. Safe for concurrent use, but for one
// round at a time.
type Scorebook struct {
	task   task.Task
	config task.ExaminerConfig
	store  *Store
	log    *slog.Logger

	mu       sync.Mutex
	params   string
	examiner task.Examiner
	book     *task.Book
	// Who is held back, by why: what is said of one leaves the other.
	byHardware, bySamples map[task.MinerID]task.Hold
}

// OpenScorebook makes the examiner, restores what the store has, and settles a round that a kill cut short with the answers that it
// had by then. Errors: those of the task, [task.ErrBadState] for a book that cannot be read, [ErrStore].
func OpenScorebook(ctx context.Context, t task.Task, config task.ExaminerConfig, policy task.Policy, store *Store, log *slog.Logger) (*Scorebook, error) {
	b := &Scorebook{task: t, config: config, store: store, log: log, params: string(config.Params)}
	b.config.Seed = store.Seed()
	var err error
	if b.book, err = task.NewBook(policy); err != nil {
		return nil, err
	}
	examiner, book, err := store.Scores()
	if err != nil {
		return nil, err
	}
	if book != nil {
		if err := b.book.Restore(book); err != nil {
			return nil, err
		}
	}
	if b.examiner, err = b.newExaminer(ctx, b.params, examiner); err != nil {
		return nil, err
	}
	return b, b.settlePending(ctx)
}

func (b *Scorebook) newExaminer(ctx context.Context, params string, state []byte) (task.Examiner, error) {
	config := b.config
	config.Params = nil
	if params != "" {
		config.Params = json.RawMessage(params)
	}
	x, err := b.task.NewExaminer(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("examiner of task %q: %w", b.task.Kind, err)
	}
	if state == nil {
		return x, nil
	}
	// What an examiner learned is worth little beside the scores: it starts anew rather than not at all.
	if err := x.Restore(state); errors.Is(err, task.ErrBadState) {
		b.log.Warn("the examiner begins anew: what it had learned does not fit the task any more", "error", err)
	} else if err != nil {
		return nil, fmt.Errorf("restore examiner of task %q: %w", b.task.Kind, err)
	}
	return x, nil
}

func (b *Scorebook) settlePending(ctx context.Context) error {
	plan, results, err := b.store.PendingRound()
	if err != nil || plan == nil {
		return err
	}
	b.log.Info("settling the round that was cut short", "round", plan.Number, "questions", len(plan.Questions), "answers", len(results))
	_, err = b.Finish(ctx, results)
	return err
}

// Adopt takes the subnet's present task parameters. Between rounds only.
func (b *Scorebook) Adopt(ctx context.Context, params string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if params == b.params {
		return nil
	}
	state, err := b.examiner.State()
	if err != nil {
		return err
	}
	x, err := b.newExaminer(ctx, params, state)
	if err != nil {
		return err
	}
	b.log.Info("the subnet changed the parameters of its task")
	b.examiner, b.params = x, params
	return nil
}

// Begin makes a round's questions. The round's number is durable before they are made, the plan before it is returned.
func (b *Scorebook) Begin(ctx context.Context, miners []task.MinerID, perMiner int) (RoundPlan, error) {
	n, err := b.store.NextRound()
	if err != nil {
		return RoundPlan{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	plan := RoundPlan{Number: n}
	if plan.Questions, err = b.examiner.Questions(ctx, task.Round{Number: n, Miners: miners, PerMiner: perMiner}); err != nil {
		return RoundPlan{}, fmt.Errorf("questions of round %d: %w", n, err)
	}
	state, err := b.examiner.State()
	if err != nil {
		return RoundPlan{}, err
	}
	return plan, b.store.BeginRound(plan, state)
}

// Judge one answer of the round under way.
func (b *Scorebook) Judge(ctx context.Context, q task.Question, a task.Answer) (task.Judgement, error) {
	b.mu.Lock()
	x := b.examiner
	b.mu.Unlock()
	return x.Judge(ctx, q, a)
}

// Finish settles a round and keeps what it changed. False says that nobody answered, so that the fault is taken to be ours
// and no miner's score moves.
func (b *Scorebook) Finish(ctx context.Context, results []task.Result) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	a, err := b.account(results)
	if err != nil {
		return false, err
	}
	settled, err := b.examiner.Settle(ctx, results)
	if err != nil {
		return false, fmt.Errorf("settle round: %w", err)
	}
	if err := b.settled(a); err != nil {
		return false, err
	}
	counted := b.book.Record(settled)
	examiner, err := b.examiner.State()
	if err != nil {
		return false, err
	}
	book, err := b.book.State()
	if err != nil {
		return false, err
	}
	return counted, b.store.FinishRound(examiner, book, a)
}

// Retain forgets miners that lost their place. It is kept with the next round.
func (b *Scorebook) Retain(miners []task.MinerID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.book.Retain(miners)
}

// HoldBack says who is held back for its hardware, whatever its answers. It is not kept: after a restart it is said again before weights are made.
func (b *Scorebook) HoldBack(held map[task.MinerID]task.Hold) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byHardware = held
	b.holdBack()
}

// HoldSampled says who is held back for answers to users' calls, as HoldBack does for hardware.
func (b *Scorebook) HoldSampled(held map[task.MinerID]task.Hold) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bySamples = held
	b.holdBack()
}

func (b *Scorebook) holdBack() {
	all := maps.Clone(b.byHardware)
	if all == nil {
		all = map[task.MinerID]task.Hold{}
	}
	maps.Copy(all, b.bySamples)
	b.book.HoldBack(all)
}

// Prove asks the task's examiner of one signed answer. False: it is none that can say.
func (b *Scorebook) Prove(ctx context.Context, s task.Signed) (task.Proof, bool, error) {
	b.mu.Lock()
	x, ok := b.examiner.(task.Prover)
	b.mu.Unlock()
	if !ok {
		return task.Proof{}, false, nil
	}
	proof, err := x.Prove(ctx, s)
	return proof, true, err
}

// Proves says whether the task's examiner can.
func (b *Scorebook) Proves() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, ok := b.examiner.(task.Prover)
	return ok
}

// Weights of the miners seated, as the scores stand.
func (b *Scorebook) Weights(seats []task.Seat) []task.Weight {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.book.Weights(seats)
}

// Standings of all miners, best first.
func (b *Scorebook) Standings() []task.Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.book.Standings()
}
