package validator

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
)

// Asker sends questions and takes answers.
type Asker struct {
	self    Self
	client  *wire.Client
	callers *Callers
	store   *Store
	book    *Scorebook
	clock   *Clock
	metrics *Metrics
	log     *slog.Logger

	payments Payments // nil: only miners that are free are asked
	tab      *tab

	route    string
	perMiner int
	together *semaphore.Weighted
}

// answerTimeout is how long an answer is waited for: a little above the task's deadline, so that slow and absent differ.
func answerTimeout(deadline time.Duration) time.Duration {
	return deadline + max(250*time.Millisecond, deadline/4)
}

// asking is one round in one epoch.
type asking struct {
	plan   RoundPlan
	view   *View
	slots  *slots
	roster []Caller
	start  int64 // height of the first question
	end    int64 // height by which the last should have been sent
	cut    int64 // height from which none is sent
}

// errand is one question and when it is due.
type errand struct {
	question task.Question
	neuron   chain.Neuron
	due      int64
}

// spread gives every question a height: each miner's are scattered over the whole window, as calls of users are, each in a
// stretch of its own so that none gets all of its questions at once.
func spread(r asking) map[task.MinerID][]errand {
	out := map[task.MinerID][]errand{}
	for _, q := range r.plan.Questions {
		if n, ok := r.view.Metagraph.ByHotkey(string(q.Miner)); ok {
			out[q.Miner] = append(out[q.Miner], errand{question: q, neuron: n})
		}
	}
	window := float64(max(r.end-r.start, 1))
	for _, errands := range out {
		rand.Shuffle(len(errands), func(i, j int) { errands[i], errands[j] = errands[j], errands[i] })
		for i := range errands {
			at := (float64(i) + rand.Float64()) / float64(len(errands)) * window
			errands[i].due = r.start + int64(at)
		}
		slices.SortStableFunc(errands, func(a, b errand) int { return int(a.due - b.due) })
	}
	return out
}

// Round sends a round's questions, each at its height and none from the cut on, and returns the judged answers. Questions that
// were not sent, because the epoch ran out or the daemon is stopping, have no result: they are nobody's fault. Errors: ctx's, [ErrStore].
func (a *Asker) Round(ctx context.Context, r asking) ([]task.Result, error) {
	var mu sync.Mutex
	var results []task.Result
	g, ctx := errgroup.WithContext(ctx)
	for _, errands := range spread(r) {
		queue := make(chan errand, len(errands))
		for _, e := range errands {
			queue <- e
		}
		close(queue)
		// A slow miner keeps its own few places busy, not those of others.
		for range min(a.perMiner, len(errands)) {
			g.Go(func() error {
				for e := range queue {
					res, err := a.errand(ctx, r, e)
					if err != nil {
						return err
					}
					if res != nil {
						mu.Lock()
						results = append(results, *res)
						mu.Unlock()
					}
				}
				return nil
			})
		}
	}
	err := g.Wait()
	return results, err
}

// errand waits for its time and its turn, asks, judges and keeps. Nil without an error: not sent, or not to be counted.
func (a *Asker) errand(ctx context.Context, r asking, e errand) (*task.Result, error) {
	h, err := a.clock.Wait(ctx, e.due)
	if err != nil {
		return nil, err
	}
	if h == e.due {
		if err := sleep(ctx, time.Duration(rand.Int64N(int64(a.clock.Interval())))); err != nil {
			return nil, err
		}
	}
	if err := a.together.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	if a.clock.Height() >= r.cut {
		a.together.Release(1)
		a.metrics.unsent.Inc()
		return nil, nil
	}
	terms, ok := a.afford(ctx, r, e)
	if !ok {
		a.together.Release(1)
		a.metrics.unsent.Inc()
		return nil, nil
	}
	at := r.slots.take(e.neuron.UID)
	answer, leaf := a.ask(ctx, r, e, at, terms)
	a.together.Release(1)
	if answer.Reason == dropUnpaid {
		// Ours to pay, and not paid: no fault of the miner.
		r.slots.give(at, false)
		a.metrics.unsent.Inc()
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		// Cut off by ourselves: a receipt that came is still worth keeping, an absent answer is no fault of the miner.
		r.slots.give(at, false)
		if leaf != nil {
			return nil, errors.Join(err, a.store.AddAnswer(r.view.Epoch().Index, nil, leaf))
		}
		return nil, err
	}
	result := &task.Result{Question: e.question, Answer: answer}
	if result.Judgement, err = a.book.Judge(ctx, e.question, answer); err != nil {
		a.log.Error("the examiner could not judge an answer; it is not counted", "miner", e.question.Miner, "error", err)
		result = nil
	}
	if err := a.store.AddAnswer(r.view.Epoch().Index, result, leaf); err != nil {
		return nil, err
	}
	r.slots.give(at, leaf != nil)
	a.metrics.answered(answer)
	return result, nil
}

// afford is what a question to a miner may cost, set aside of the epoch's budget where it costs anything. False: it is not asked.
func (a *Asker) afford(ctx context.Context, r asking, e errand) (payer.Terms, bool) {
	if a.payments == nil {
		return payer.Terms{}, true
	}
	price, err := a.payments.Price(ctx, payer.Payee{Netuid: a.self.Netuid, Hotkey: e.neuron.Hotkey})
	if err != nil {
		// The chain is away. A miner that is free answers all the same, and one that is not says so.
		return payer.Terms{}, true
	}
	if price.Free() {
		return payer.Terms{}, true
	}
	d := wire.ReadDemand([]byte(e.question.Body), 0)
	most, err := price.Cost(d.Input, d.Output)
	if err != nil {
		return payer.Terms{}, false
	}
	ok, first := a.tab.take(r.view.Epoch().Index, most)
	if first {
		a.log.Warn("question_budget does not reach for all questions of this epoch; miners that it does not reach for are not asked further", "epoch", r.view.Epoch().Index,
			"budget", a.tab.most, "miner", e.question.Miner, "question_costs_at_most", most)
	}
	return payer.Terms{Price: price, MaxCost: most}, ok
}

// ask sends one question under a caller's session and a tag that only this validator can open.
func (a *Asker) ask(ctx context.Context, r asking, e errand, at slot, terms payer.Terms) (task.Answer, *LeafRecord) {
	dropped := func(reason string, latency time.Duration, err error) (task.Answer, *LeafRecord) {
		a.log.Debug("question dropped", "miner", e.question.Miner, "reason", reason, "error", err)
		return task.Answer{Dropped: true, Reason: reason, Latency: latency}, nil
	}
	var paid payer.Paid
	defer func() {
		// What a miner may count of a question that was broken off stays set aside: else breaking off would be a way around the budget.
		a.tab.give(r.view.Epoch().Index, terms.MaxCost-min(paid.Cost+paid.Doubt, terms.MaxCost))
		a.metrics.paid.Add(float64(paid.Cost))
	}()
	caller := choose(r.roster, a.store.Seed(), e.question)
	session, err := a.callers.Session(caller)
	if err != nil {
		return dropped(dropCaller, 0, err)
	}
	key, err := wire.ParseServicePublic(e.neuron.ServiceKey)
	if err != nil {
		return dropped(dropAxon, 0, err)
	}
	body := []byte(e.question.Body)
	nonce := wire.NewExaminerNonce(at.uid, at.index)
	tag := wire.ExaminerTag(a.self.Hotkey, a.self.Netuid, a.self.Mechanism, r.view.Epoch().Index, wire.BodyHash(body), nonce)
	began := time.Now()
	call := wire.Call{
		Session: session, Endpoint: e.neuron.URL, To: e.neuron.Hotkey, ServiceKey: key, Netuid: a.self.Netuid, Path: a.route, Body: body, Tag: tag,
	}
	var reply *wire.Reply
	reply, paid, err = a.send(ctx, e.question.Stream, caller, call, terms)
	latency := time.Since(began)
	if reply != nil && reply.Latency > 0 {
		latency = reply.Latency
	}
	if ownFault(err) {
		a.log.Warn("question could not be paid for", "miner", e.question.Miner, "caller", caller.Address, "error", err)
		return dropped(dropUnpaid, latency, err)
	}
	if err != nil {
		return dropped(dropReason(err), latency, err)
	}
	leaf := &LeafRecord{Leaf: exam.Leaf{Receipt: *reply.Receipt, Nonce: nonce}, RegisteredAt: e.neuron.RegisteredAt}
	if reply.Status != 200 {
		answer, _ := dropped(dropStatus, latency, nil)
		return answer, leaf
	}
	return task.Answer{Body: reply.Body, Latency: latency}, leaf
}

// send sends a call, and pays for it where it has a price. The reply's body is what the receipt signs, also of a stream.
func (a *Asker) send(ctx context.Context, stream bool, caller Caller, call wire.Call, t payer.Terms) (reply *wire.Reply, paid payer.Paid, err error) {
	switch free := t.Price.Free(); {
	case free && stream:
		reply, err = a.client.Stream(ctx, call, nil)
	case free:
		reply, err = a.client.Do(ctx, call)
	case stream:
		return a.payments.Stream(ctx, caller, call, t)
	default:
		return a.payments.Do(ctx, caller, call, t)
	}
	return reply, paid, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
