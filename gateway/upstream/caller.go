package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/agon-chain/agon/chain/payer"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/wire"
)

// Pays calls miners and pays them. A payer.Payer is one; [Free] is another.
type Pays interface {
	Do(ctx context.Context, call wire.Call, t payer.Terms) (*wire.Reply, payer.Paid, error)
	Stream(ctx context.Context, call wire.Call, t payer.Terms, onEvent func([]byte) error) (*wire.Reply, payer.Paid, error)
}

// Free calls without paying: miners that have a price refuse.
func Free(c *wire.Client) Pays { return free{c} }

type free struct{ c *wire.Client }

func (f free) Do(ctx context.Context, call wire.Call, _ payer.Terms) (*wire.Reply, payer.Paid, error) {
	reply, err := f.c.Do(ctx, call)
	return reply, payer.Paid{}, err
}

func (f free) Stream(ctx context.Context, call wire.Call, _ payer.Terms, onEvent func([]byte) error) (*wire.Reply, payer.Paid, error) {
	reply, err := f.c.Stream(ctx, call, onEvent)
	return reply, payer.Paid{}, err
}

// ErrWrongVersion says that a receipt is of another version than the one that was asked for.
var ErrWrongVersion = errors.New("another version answered than was asked for")

// errLost ends an attempt that came second.
var errLost = errors.New("another miner was first")

// Caller asks miners. Safe for concurrent use.
type Caller struct {
	Pays     Pays
	Sessions *Sessions
	// HedgeAfter is how long the first byte of a call may take before a second miner is asked too; 0: never.
	HedgeAfter time.Duration
	Now        func() time.Time
	// Observe, if set, is told of each attempt that ended.
	Observe func(c route.Candidate, o route.Outcome, err error)
}

// Request is one call, for any of its candidates.
type Request struct {
	Candidates []route.Candidate // in the order of trying
	Fallbacks  bool              // whether any but the first is tried
	Path       string            // "": the subnet's route
	// Body for a candidate. It is asked again where a miner was found to lack a member of the body.
	Body        func(route.Candidate) []byte
	ContentType string
	Accept      string
	Tag         wire.Tag // zero: random, another for each attempt
	Pinned      bool     // only the candidate's version will do
	// MaxCost of an attempt at a candidate, nagon. A miner that asks for more by now is passed by.
	MaxCost func(route.Candidate) uint64
	Plain   []byte // bounds the cost of a sealed body
	// OnEvent gets the events of a stream; nil for a whole answer. It is called for one attempt alone. Begin is called before the first event.
	OnEvent func(data []byte) error
	Begin   func(c route.Candidate, sent []byte)
}

// Answer is what came of a request.
type Answer struct {
	Candidate route.Candidate
	Reply     *wire.Reply
	Sent      []byte // the body that the miner got
	Cost      uint64 // nagon, of all attempts together
	Tries     int
	Began     bool // events were handed on
}

// Failure is why one miner did not answer. Its text may be the miner's own words, and so repeat what it was asked: it is for no log.
type Failure struct {
	Miner string // hotkey
	err   error
}

// Error is the text of what it wraps.
func (f *Failure) Error() string { return f.err.Error() }

// Unwrap is the error of the client or the payer.
func (f *Failure) Unwrap() error { return f.err }

// AtOnce is how many attempts of a request may have to be paid for: one that is asked beside another can be as fast.
func (c *Caller) AtOnce(candidates int, fallbacks bool) int {
	if c.HedgeAfter > 0 && fallbacks && candidates > 1 {
		return 2
	}
	return 1
}

type attempt struct {
	i     int
	reply *wire.Reply
	sent  []byte
	paid  payer.Paid
	began bool
	err   error
}

// Do asks until one has answered. The answer says what the last attempt came to, also beside an error; errors are those of wire.Client and payer.Payer,
// and [ErrWrongVersion]. An answer that is whole is given also where its miner reckoned wrongly.
func (c *Caller) Do(ctx context.Context, r Request) (Answer, error) {
	session, err := c.Sessions.Current()
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	done := make(chan attempt, len(r.Candidates))
	race := race{winner: -1}
	next, live := 0, 0
	launch := func() {
		i := next
		one, ok := race.enter(ctx)
		if !ok {
			return
		}
		next, live = next+1, live+1
		running.Go(func() { done <- c.try(one, session, r, i, race.claim) })
	}
	launch()
	var slow <-chan time.Time
	if c.HedgeAfter > 0 && r.Fallbacks && len(r.Candidates) > 1 {
		t := time.NewTimer(c.HedgeAfter)
		defer t.Stop()
		slow = t.C
	}
	var out Answer
	var failed error
	for live > 0 {
		select {
		case <-slow:
			slow = nil
			if next < len(r.Candidates) {
				launch()
			}
			continue
		case a := <-done:
			live--
			out.Cost += a.paid.Cost
			if race.lost(a.i) {
				continue // nobody gets its bytes
			}
			if a.err == nil || a.began || failed == nil || betterError(a.err, failed) {
				out.Candidate, out.Reply, out.Sent, out.Began, failed = r.Candidates[a.i], a.reply, a.sent, a.began, a.err
			}
			switch {
			case a.err == nil && (r.OnEvent == nil || a.began || race.claim(a.i)), a.began, ctx.Err() != nil, !elsewhere(a.err):
				if a.err == nil {
					cancel(errLost)
				} else {
					cancel(nil)
				}
				running.Wait()
				for ; live > 0; live-- {
					out.Cost += (<-done).paid.Cost
				}
				out.Tries = next
				return out, failed
			case r.Fallbacks && next < len(r.Candidates) && live == 0:
				launch()
			}
		}
	}
	out.Tries = next
	return out, failed
}

// try is one attempt.
func (c *Caller) try(ctx context.Context, session *wire.Session, r Request, i int, claim func(int) bool) attempt {
	cand := r.Candidates[i]
	a := attempt{i: i}
	began := c.Now()
	cand.Health.Begin(began)
	for again := true; again; {
		again = false
		a.sent = r.Body(cand)
		a.reply, a.paid, a.err = c.send(ctx, session, r, cand, &a, claim)
		if member := lacking(a.err); member != "" && !cand.Health.Lacks(c.Now(), member) {
			cand.Health.Lack(c.Now(), member)
			again = string(r.Body(cand)) != string(a.sent) // it was the gateway that put it there
		}
	}
	o := route.Outcome{Good: a.err == nil, Took: c.Now().Sub(began)}
	if a.reply != nil {
		o.FirstByte = a.reply.FirstByte
		if a.reply.Receipt != nil {
			o.Tokens = a.reply.Receipt.OutputTokens
		}
	}
	o.Lost = a.err != nil && (errors.Is(a.err, errLost) || errors.Is(context.Cause(ctx), errLost))
	o.Neutral = a.err != nil && (ctx.Err() != nil || o.Lost || !miners(a.err))
	cand.Health.End(c.Now(), o)
	if c.Observe != nil {
		c.Observe(cand, o, a.err)
	}
	if a.err != nil {
		a.err = &Failure{Miner: cand.Hotkey, err: a.err}
	}
	return a
}

func (c *Caller) send(ctx context.Context, session *wire.Session, r Request, cand route.Candidate, a *attempt, claim func(int) bool) (*wire.Reply, payer.Paid, error) {
	path := r.Path
	if path == "" {
		path = cand.Subnet.Route
	}
	call := wire.Call{
		Session: session, Endpoint: cand.URL, To: cand.Hotkey, ServiceKey: cand.ServiceKey, Netuid: cand.Netuid, Path: path,
		Body: a.sent, ContentType: r.ContentType, Accept: r.Accept, Tag: r.Tag,
	}
	terms := payer.Terms{Price: cand.Price, Plain: r.Plain, MaxCost: r.MaxCost(cand), Version: cand.Model.ID}
	var reply *wire.Reply
	var paid payer.Paid
	var err error
	if r.OnEvent == nil {
		reply, paid, err = c.Pays.Do(ctx, call, terms)
	} else {
		reply, paid, err = c.Pays.Stream(ctx, call, terms, func(data []byte) error {
			if !a.began {
				if !claim(a.i) {
					return errLost
				}
				a.began = true
				r.Begin(cand, a.sent)
			}
			return r.OnEvent(data)
		})
		if errors.Is(err, wire.ErrNoStream) && reply.Receipt != nil {
			err = nil // a whole answer where events were allowed
		}
	}
	if _, refused := errors.AsType[*wire.APIError](err); errors.Is(err, payer.ErrReckoning) && !refused && reply != nil && reply.Receipt != nil {
		err = nil // the answer is whole and paid; that nothing more is paid to the miner is the payer's affair
	}
	if err == nil && r.Pinned && cand.Model.Root != (wire.Hash{}) && reply.Receipt.ModelVersion != cand.Model.Root {
		err = fmt.Errorf("%w: the receipt of miner %s is of root %x, %s has %x", ErrWrongVersion, cand.Hotkey, reply.Receipt.ModelVersion, cand.Model.Pin(), cand.Model.Root)
	}
	return reply, paid, err
}

// lacking is the member of a body that a miner refused, "" where that is not why.
func lacking(err error) string {
	api, ok := errors.AsType[*wire.APIError](err)
	if !ok || api.Status != http.StatusBadRequest || api.Param == nil {
		return ""
	}
	member, _, _ := strings.Cut(*api.Param, ".")
	member, _, _ = strings.Cut(member, "[")
	switch member {
	case "", "model", "messages", "max_tokens", "max_completion_tokens", "seed", "stop", "temperature", "top_p", "stream":
		return "" // wrong for one is wrong for all
	}
	return member
}

// elsewhere says whether another miner may do better.
func elsewhere(err error) bool {
	api, ok := errors.AsType[*wire.APIError](err)
	if !ok {
		return true
	}
	switch api.Status {
	case http.StatusBadRequest:
		return lacking(err) != "" || api.Code != nil && *api.Code == "model_not_served"
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return false
	}
	return true
}

// miners says whether an error counts against the miner. What is wrong with the body or with the gateway's own purse does not.
func miners(err error) bool {
	for _, own := range []error{payer.ErrTooDear, payer.ErrBudget, payer.ErrFunds, payer.ErrChannel, payer.ErrLedger, payer.ErrClosed, wire.ErrCall} {
		if errors.Is(err, own) {
			return false
		}
	}
	api, ok := errors.AsType[*wire.APIError](err)
	if !ok {
		return true
	}
	switch api.Status {
	case http.StatusBadRequest:
		return api.Code != nil && *api.Code == "model_not_served"
	case http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusPaymentRequired:
		return false
	}
	return true
}

// betterError says whether an error tells a caller more than the one before: what it can mend comes first.
func betterError(err, than error) bool {
	rank := func(err error) int {
		api, ok := errors.AsType[*wire.APIError](err)
		switch {
		case ok && api.Status == http.StatusBadRequest:
			return 2
		case ok:
			return 1
		}
		return 0
	}
	return rank(err) >= rank(than)
}
