package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

// pick chooses who is tried.
func (c *call) pick(in *input, path string, most int) ([]route.Candidate, error) {
	v, _, err := c.a.o.Directory.Latest()
	if err != nil {
		return nil, err
	}
	q := route.Query{Model: in.model, Route: path, Members: in.members, Provider: in.provider, Most: most}
	if in.provider.Sort == "price" {
		q.Demand = wire.ReadDemand(in.raw, 0)
	}
	return c.a.o.Router.Pick(v, q)
}

// request is what goes to miners.
func (c *call) request(in *input, candidates []route.Candidate, path string, most func(route.Candidate) uint64) upstream.Request {
	return upstream.Request{
		Candidates: candidates, Fallbacks: in.fallbacks(), Path: path, Tag: in.tag, MaxCost: most, Pinned: in.model.Name != "",
		Body: func(cand route.Candidate) []byte {
			return in.upstream(cand, c.a.o.Disguise && path == chatRoute && cand.Subnet.Replayed, func(m string) bool { return cand.Health.Lacks(c.a.o.Now(), m) })
		},
	}
}

// fallbacks says whether another candidate may be tried: without them routing has left those alone that the caller put in order.
func (in *input) fallbacks() bool { return in.provider.Fallbacks() || len(in.provider.Order) > 0 }

// whole asks for an answer in one piece and settles for it.
func (c *call) whole(in *input, path string) (upstream.Answer, error) {
	candidates, err := c.pick(in, path, c.a.o.Attempts)
	if err != nil {
		return upstream.Answer{}, err
	}
	hold, most, err := c.reserve(in, candidates, in.raw, c.a.o.Caller.AtOnce(len(candidates), in.fallbacks()))
	if err != nil {
		return upstream.Answer{}, err
	}
	ctx, cancel := c.bounded()
	defer cancel()
	ans, err := c.a.o.Caller.Do(ctx, c.request(in, candidates, path, most))
	c.settle(hold, in, ans, err)
	return ans, late(ctx, c.r.Context(), err)
}

// bounded is the call's context with the time that a call may take.
func (c *call) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.r.Context(), c.a.o.Timeout)
}

// late says that the time ran out where a library says something else of it.
func late(ctx, caller context.Context, err error) error {
	if err != nil && ctx.Err() != nil && caller.Err() == nil {
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	return err
}

// settle ends the reservation: by what was paid, also where the caller got nothing for it.
func (c *call) settle(hold Hold, in *input, ans upstream.Answer, err error) {
	m := c.a.o.Metrics
	if ans.Tries > 1 {
		m.Retries.Add(float64(ans.Tries - 1))
	}
	if err != nil && ans.Cost == 0 {
		hold.Cancel()
		return
	}
	u := keys.Usage{Cost: ans.Cost, Model: in.named, Status: http.StatusOK}
	if ans.Candidate.Miner != nil {
		u.Miner = ans.Candidate.Hotkey
	}
	if err != nil {
		u.Status = explain(err).Status
	}
	if ans.Reply != nil {
		m.First.Observe(ans.Reply.FirstByte.Seconds())
		if r := ans.Reply.Receipt; r != nil {
			u.PromptTokens, u.OutputTokens = int(r.PromptTokens), int(r.OutputTokens)
			m.Tokens.WithLabelValues("in").Add(float64(r.PromptTokens))
			m.Tokens.WithLabelValues("out").Add(float64(r.OutputTokens))
		}
	}
	m.Cost.Add(float64(ans.Cost))
	if err == nil {
		c.sample(in, ans)
	}
	// The caller is gone or has its answer: the account is settled all the same.
	if err := hold.Settle(context.WithoutCancel(c.r.Context()), u); err != nil {
		c.a.o.Log.Error("call could not be settled", "request_id", c.id, "error", oneLine(err))
	}
}

// prove puts who answered, and the receipt, on the answer.
func (c *call) prove(cand route.Candidate, sent []byte, receipt *wire.Receipt) {
	h := c.w.Header()
	h.Set(HeaderMiner, fmt.Sprintf("%d/%s", cand.Netuid, cand.Hotkey))
	q := wire.BodyHash(sent)
	h.Set(HeaderQuestion, hex.EncodeToString(q[:]))
	if receipt != nil {
		receipt.Set(h)
		h.Set(HeaderRoot, hex.EncodeToString(receipt.ModelVersion[:]))
	} else if cand.Model.Root != (wire.Hash{}) {
		// A stream's receipt comes at its end; until then this is what the chain says.
		h.Set(HeaderRoot, hex.EncodeToString(cand.Model.Root[:]))
	}
}

// give answers with a body in one piece. What is said to be rewritten is, or else the receipt is of these very bytes.
func (c *call) give(ans upstream.Answer, out []byte, rewritten string) {
	c.prove(ans.Candidate, ans.Sent, ans.Reply.Receipt)
	h := c.w.Header()
	h.Set(HeaderCost, strconv.FormatUint(ans.Cost, 10))
	if rewritten != "" && !bytes.Equal(out, ans.Reply.Body) {
		h.Set(HeaderRewritten, rewritten)
	}
	h.Set("Content-Type", ans.Reply.Header.Get("Content-Type"))
	h.Set("Content-Length", strconv.Itoa(len(out)))
	_, _ = c.w.Write(out) // the caller is gone; there is nobody to tell
}

// failed answers for a miner's failure, with its receipt where it signed for it.
func (c *call) failed(ans upstream.Answer, err error) {
	if ans.Reply != nil && ans.Candidate.Miner != nil {
		if _, ok := errors.AsType[*wire.APIError](err); ok && ans.Reply.Receipt != nil {
			c.prove(ans.Candidate, ans.Sent, ans.Reply.Receipt)
		}
	}
	c.fail(err)
}
