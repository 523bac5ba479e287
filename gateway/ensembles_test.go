package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/gateway"
	"github.com/agon-chain/agon/gateway/keys"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/wire"
)

// teller is an expert that always says the same, as sure of it as it is.
type teller struct {
	text    string
	logprob float64
	broken  bool
	calls   atomic.Int64
}

func (s *teller) Name() string      { return "teller" }
func (s *teller) Version() [32]byte { return [32]byte{} }

func (s *teller) Answer(_ context.Context, body []byte) ([]byte, error) {
	s.calls.Add(1)
	if s.broken {
		return nil, errors.New("out of order")
	}
	var a asked
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	words := strings.Fields(s.text)
	var logs *chat.Logprobs
	if a.Logprobs {
		logs = &chat.Logprobs{}
		for _, w := range words {
			logs.Content = append(logs.Content, chat.TokenLogprob{Token: w, Logprob: chat.Logprob(s.logprob)})
		}
	}
	return json.Marshal(chat.Response{
		ID: "c", Object: chat.ObjectCompletion, Created: 1, Model: "teller", Usage: usage(a, len(words)),
		Choices: []chat.Choice{{Message: chat.Message{Role: "assistant", Content: s.text}, Logprobs: logs, FinishReason: chat.FinishStop}},
	})
}

func (m *market) tell(t *testing.T, n byte, s *teller) *minerOf {
	t.Helper()
	spec := task.ExpertSpec{Task: chat.Kind, Name: "teller", New: func(context.Context, task.ExpertConfig) (task.Expert, error) { return s, nil }}
	return m.run(t, n, chatNet, chat.Task(), spec, tariff)
}

// Each way to choose gives the answer that it says, with that miner's receipt, and the caller pays every miner that answered, to the nagon.
func TestEnsemblesChoose(t *testing.T) {
	m := newMarket()
	tellers := []*teller{
		{text: "seven", logprob: -0.9},
		{text: " seven ", logprob: -0.8}, // spaces around it are none of the answer
		{text: "it is six of course", logprob: -0.1},
		{text: "8", logprob: -2},
		{broken: true},
	}
	var miners []*minerOf
	for i, s := range tellers {
		miners = append(miners, m.tell(t, byte(i+1), s))
	}
	g := open(t, m, func(o *gateway.Options) { o.Config.Disguise = false })
	sum := uint64(0)
	for _, tc := range []struct {
		by    string
		of    int
		order []int
		want  int
		tally string
	}{
		{"vote", 4, []int{3, 2, 0, 1}, 0, "4 asked, 4 answered, 2 agree"},
		{"vote", 2, []int{3, 2}, 3, "2 asked, 2 answered, 1 agree"}, // of several, whoever would have been asked first
		{"logprob", 4, []int{0, 1, 2, 3}, 2, "4 asked, 4 answered, 1 agree"},
		{"shortest", 4, []int{0, 1, 2, 3}, 3, "4 asked, 4 answered, 1 agree"},
		{"longest", 4, []int{0, 1, 2, 3}, 2, "4 asked, 4 answered, 1 agree"},
		{"first", 3, []int{1, 3, 2}, 1, "3 asked, 3 answered, 1 agree"},
		{"first", 3, []int{4, 3, 2}, 3, "3 asked, 2 answered, 1 agree"},
	} {
		var order []string
		cost := uint64(0)
		for _, i := range tc.order {
			order = append(order, miners[i].hotkey)
			if !tellers[i].broken {
				c, err := tariff.Cost(2, uint32(len(strings.Fields(tellers[i].text))))
				require.NoError(t, err)
				cost += c
			}
		}
		named, err := json.Marshal(order)
		require.NoError(t, err)
		resp, text := g.post("/v1/chat/completions", fmt.Sprintf(`{"model":"1","max_tokens":9,"messages":[{"role":"user","content":"x"}],"agon":{"ensemble":{"of":%d,"by":%q}},"provider":{"order":%s}}`, tc.of, tc.by, named))
		require.Equal(t, http.StatusOK, resp.StatusCode, text)
		var answer chat.Response
		require.NoError(t, json.Unmarshal([]byte(text), &answer))
		require.Equal(t, tellers[tc.want].text, answer.Choices[0].Message.Content, tc.by)
		require.Nil(t, answer.Choices[0].Logprobs, "the caller did not ask for them")
		require.Equal(t, "1/"+miners[tc.want].hotkey, resp.Header.Get("Agon-Miner"))
		receipt, err := wire.ParseReceipt(resp.Header.Get(wire.HeaderReceipt))
		require.NoError(t, err)
		require.Equal(t, uint32(len(strings.Fields(tellers[tc.want].text))), receipt.OutputTokens)
		require.Equal(t, tc.tally, resp.Header.Get("Agon-Ensemble"), tc.by)
		require.Equal(t, fmt.Sprint(cost), resp.Header.Get("Agon-Cost"), tc.by)
		sum += cost
	}
	g.charged(sum)
	rows, err := g.ledger.Usage(t.Context(), keys.UsageFilter{})
	require.NoError(t, err)
	calls := uint64(0)
	for _, r := range rows {
		calls += r.Calls
	}
	require.Equal(t, uint64(7), calls, "an ensemble is one call")

	t.Run("nobody-answers", func(t *testing.T) {
		resp, text := g.post("/v1/chat/completions", `{"model":"1","messages":[],"agon":{"ensemble":{"of":2,"by":"vote"}},"provider":{"only":["`+miners[4].hotkey+`"]}}`)
		require.Equal(t, http.StatusInternalServerError, resp.StatusCode, text)
		g.charged(sum)
	})
	for name, body := range map[string]string{
		"streamed":   `{"model":"1","stream":true,"agon":{"ensemble":{"of":2,"by":"vote"}}}`,
		"too-many":   `{"model":"1","agon":{"ensemble":{"of":9,"by":"vote"}}}`,
		"by-nothing": `{"model":"1","agon":{"ensemble":{"of":2}}}`,
		"misspelt":   `{"model":"1","agon":{"ensemble":{"of":2,"by":"vote","weights":[1,2]}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			resp, text := g.post("/v1/chat/completions", body)
			require.Equal(t, http.StatusBadRequest, resp.StatusCode, text)
		})
	}
}
