package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/agon-chain/agon/gateway/body"
	"github.com/agon-chain/agon/gateway/route"
	"github.com/agon-chain/agon/gateway/upstream"
)

// maxEnsemble bounds how many miners answer one call.
const maxEnsemble = 8

// Ways to choose among the answers of an ensemble.
const (
	byVote     = "vote"     // the text that most answers have; of several, that of the miner that would have been asked first
	byLogprob  = "logprob"  // the highest mean log-probability of its tokens
	byShortest = "shortest" // the text with the fewest bytes
	byLongest  = "longest"  // the text with the most bytes
	byFirst    = "first"    // whoever routing would have asked first and has answered
)

// ensemble is the member "agon.ensemble" of a body: several miners answer, the caller gets one of the answers and pays for all.
type ensemble struct {
	Of int    `json:"of"`
	By string `json:"by"`
}

// parseEnsemble reads the member "agon" of a body.
func parseEnsemble(raw json.RawMessage) (*ensemble, error) {
	if raw == nil {
		return nil, nil
	}
	var o struct {
		Ensemble *ensemble `json:"ensemble"`
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "agon", `agon must be an object such as {"ensemble": {"of": 3, "by": "vote"}}`)
	}
	e := o.Ensemble
	if e == nil {
		return nil, nil
	}
	if e.Of < 2 || e.Of > maxEnsemble {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "agon.ensemble.of", fmt.Sprintf("agon.ensemble.of is %d, want 2 to %d miners", e.Of, maxEnsemble))
	}
	if ways := []string{byVote, byLogprob, byShortest, byLongest, byFirst}; !slices.Contains(ways, e.By) {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "agon.ensemble.by", fmt.Sprintf("agon.ensemble.by is %.32q, want one of %s", e.By, strings.Join(ways, ", ")))
	}
	return e, nil
}

// voice is one answer of an ensemble.
type voice struct {
	ans  upstream.Answer
	err  error
	text string
	mean float64
}

// together asks several miners at once and gives the answer that the caller's way of choosing prefers.
func (c *call) together(in *input) {
	if in.stream {
		c.fail(refuse(http.StatusBadRequest, "invalid_request", "stream", "an ensemble answers in one piece; leave out stream, or agon.ensemble"))
		return
	}
	candidates, err := c.pick(in, chatRoute, in.ensemble.Of)
	if err != nil {
		c.fail(err)
		return
	}
	hold, most, err := c.reserve(in, candidates, in.raw, len(candidates))
	if err != nil {
		c.fail(err)
		return
	}
	ctx, cancel := c.bounded()
	defer cancel()
	voices := make([]voice, len(candidates))
	var all sync.WaitGroup
	for i := range candidates {
		all.Go(func() {
			v := &voices[i]
			v.ans, v.err = c.a.o.Caller.Do(ctx, c.request(in, []route.Candidate{candidates[i]}, chatRoute, most))
			if v.err == nil {
				v.text, v.mean = spoken(v.ans.Reply.Body)
			}
		})
	}
	all.Wait()
	// The account is charged for all of them, and shows the miner whose answer was given.
	best := choose(voices, in.ensemble.By)
	sum := voices[best].ans
	sum.Cost, sum.Tries = 0, 1
	for _, v := range voices {
		sum.Cost += v.ans.Cost
	}
	c.settle(hold, in, sum, voices[best].err)
	if err := voices[best].err; err != nil {
		c.failed(sum, late(ctx, c.r.Context(), err))
		return
	}
	c.w.Header().Set(HeaderEnsemble, tally(voices, best))
	c.give(sum, in.shown(sum.Reply.Body), in.hidden())
}

// choose is the place of the preferred answer, 0 where there is none.
func choose(voices []voice, by string) int {
	best := -1
	better := func(i int) bool {
		a, b := voices[i], voices[best]
		switch by {
		case byVote:
			return votes(voices, i) > votes(voices, best)
		case byLogprob:
			return a.mean > b.mean
		case byShortest:
			return len(a.text) < len(b.text)
		case byLongest:
			return len(a.text) > len(b.text)
		}
		return false
	}
	for i := range voices {
		if voices[i].err == nil && (best < 0 || better(i)) {
			best = i
		}
	}
	return max(best, 0)
}

func votes(voices []voice, i int) int {
	n := 0
	for _, v := range voices {
		if v.err == nil && v.text == voices[i].text {
			n++
		}
	}
	return n
}

// tally says how many answered and how many said the same: "3 answered, 2 agree".
func tally(voices []voice, best int) string {
	answered := 0
	for _, v := range voices {
		if v.err == nil {
			answered++
		}
	}
	return fmt.Sprintf("%d asked, %d answered, %d agree", len(voices), answered, votes(voices, best))
}

// spoken is the text of an answer without spaces around it, and the mean log-probability of its tokens; an answer without any has the lowest.
func spoken(raw []byte) (string, float64) {
	var r struct {
		Choices []struct {
			Message struct {
				Content   *string         `json:"content"`
				ToolCalls json.RawMessage `json:"tool_calls"`
			} `json:"message"`
			Logprobs *struct {
				Content []struct {
					Logprob float64 `json:"logprob"`
				} `json:"content"`
			} `json:"logprobs"`
		} `json:"choices"`
	}
	const none = -1e300
	if json.Unmarshal(raw, &r) != nil || len(r.Choices) == 0 {
		return "", none
	}
	choice := r.Choices[0]
	text := ""
	if choice.Message.Content != nil {
		text = strings.TrimSpace(*choice.Message.Content)
	}
	if calls := choice.Message.ToolCalls; len(calls) > 0 {
		text += toolText(calls)
	}
	if choice.Logprobs == nil || len(choice.Logprobs.Content) == 0 {
		return text, none
	}
	sum := 0.0
	for _, t := range choice.Logprobs.Content {
		sum += t.Logprob
	}
	return text, sum / float64(len(choice.Logprobs.Content))
}

// toolText is what tool calls say, without the ids that each miner makes up.
func toolText(raw []byte) string {
	var out strings.Builder
	for _, e := range body.Elements(raw) {
		var t struct {
			Function struct {
				Name      string `json:"name"`
				Arguments string `json:"arguments"`
			} `json:"function"`
		}
		if json.Unmarshal(e, &t) == nil {
			fmt.Fprintf(&out, "\x00%s(%s)", cmp.Or(t.Function.Name, "?"), t.Function.Arguments)
		}
	}
	return out.String()
}
