package api

import (
	"fmt"
	"net/http"

	"github.com/agon-chain/agon/gateway/upstream"
	"github.com/agon-chain/agon/wire"
)

// Sampler keeps calls whose callers agreed to it, for scoring after the fact. A *samples.Store is one.
type Sampler interface {
	// Drawn says whether the lot falls on a call that was answered.
	Drawn() bool
	Keep(one wire.Sample)
}

// consent says whether this call may be kept: as its header says, else as its key does.
func (c *call) consent() (bool, error) {
	switch v := c.r.Header.Get(HeaderSample); v {
	case "":
		return c.who.Samples(), nil
	case "0":
		return false, nil
	case "1":
		return true, nil
	default:
		return false, refuse(http.StatusBadRequest, "malformed_header", HeaderSample, fmt.Sprintf("%s is %.16q, want 1 to let this call be scored after the fact, 0 not to", HeaderSample, v))
	}
}

// sample keeps a call if its caller agreed and the lot falls on it. What was sealed is never kept.
func (c *call) sample(in *input, ans upstream.Answer) {
	if c.a.o.Samples == nil || !in.consent || in.sealed || ans.Candidate.Miner == nil || !c.a.o.Samples.Drawn() {
		return
	}
	one, err := wire.NewSample(ans.Candidate.Netuid, ans.Sent, ans.Reply)
	if err != nil {
		return // too long to be kept
	}
	c.a.o.Samples.Keep(one)
}
