package pinned_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/verify"
)

// A miner that knows streams, or stop strings, from other calls, and answers these by another model, is found out by what must agree; one
// whose server does not tell the tokens of a stop string is not.
func TestStreamsAndStopsAgree(t *testing.T) {
	cheap := letters{blend: 0.02, likes: good.likes} // so near that no other layer takes offence at once
	lenient := profile()
	lenient.ReplayRate, lenient.ReplayTolerance, lenient.GreedyTolerance, lenient.ClaimTolerance, lenient.ClaimRate, lenient.Apart = 0.5, 1, 9, 9, 0.5, 0.25
	open := func() *pinned.Examiner {
		x, err := pinned.NewExaminer(t.Context(), params(), [32]byte{7}, pinned.Folder(texts(t), "salt"),
			[]pinned.Version{{Pin: "good@1", Engine: good, Profile: lenient}, {Pin: "plain@1", Engine: plain, Profile: lenient}})
		require.NoError(t, err)
		return x
	}
	asks := func(q task.Question) chat.Request {
		r, err := chat.DecodeRequest(q.Body, params())
		require.NoError(t, err)
		return r
	}
	when := func(of func(r chat.Request) bool) sends {
		return func(t *testing.T, q task.Question) chat.Response {
			if of(asks(q)) {
				return cheap.answer(t, q, "good@1")
			}
			return good.answer(t, q, "good@1")
		}
	}
	miners := map[task.MinerID]sends{
		"streams": when(func(r chat.Request) bool { return r.Stream }),
		"stops":   when(func(r chat.Request) bool { return len(r.Stop) > 0 }),
		"honest":  when(func(chat.Request) bool { return false }),
		"untold": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			if r := asks(q); len(r.Stop) > 0 && out.Choices[0].FinishReason == chat.FinishStop && len(out.Choices[0].Message.Content) < len(out.Choices[0].Logprobs.Content) {
				l := out.Choices[0].Logprobs
				l.Content = l.Content[:len(out.Choices[0].Message.Content)]
			}
			return out
		},
		"early": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			if r := asks(q); len(r.Stop) > 0 && len(out.Choices[0].Logprobs.Content) > 6 { // it says that the string stood there
				l := out.Choices[0].Logprobs
				l.Content, out.Choices[0].FinishReason = l.Content[:3], chat.FinishStop
				out.Choices[0].Message.Content = out.Choices[0].Message.Content[:min(3, len(out.Choices[0].Message.Content))]
				out.Usage.CompletionTokens = 4
				out.Usage.TotalTokens = out.Usage.PromptTokens + 4
			}
			return out
		},
	}
	x := open()
	found := map[task.MinerID]map[string]int{}
	streams, stops := 0, 0
	for n := range uint64(12) {
		results := round(t, x, n, miners)
		for m := range miners {
			_, reasons := mean(results, m)
			if found[m] == nil {
				found[m] = map[string]int{}
			}
			for why, k := range reasons {
				found[m][why] += k
			}
		}
		for _, r := range results {
			q := asks(r.Question)
			require.Equal(t, q.Stream, r.Question.Stream)
			if q.Stream {
				streams++
			}
			if len(q.Stop) > 0 {
				stops++
			}
		}
	}
	require.Greater(t, streams, 5)
	require.Greater(t, stops, 5)
	for _, m := range []task.MinerID{"streams", "stops", "early"} {
		require.NotZero(t, found[m][string(verify.Repeat)], "%s: %v", m, found[m])
	}
	for _, m := range []task.MinerID{"honest", "untold"} {
		require.Zero(t, found[m][string(verify.Repeat)], "%s: %v", m, found[m])
		require.Zero(t, found[m][string(verify.Usage)], "%s: %v", m, found[m])
	}
}

// What fills the model's context ends for its length, and that is no miss; what ends before is.
func TestAnswersThatFillTheContext(t *testing.T) {
	small := narrow{good, 0}
	x, err := pinned.NewExaminer(t.Context(), params(), [32]byte{7}, pinned.Folder(texts(t), "salt"),
		[]pinned.Version{{Pin: "good@1", Engine: &small, Profile: profile()}, {Pin: "plain@1", Engine: plain, Profile: profile()}})
	require.NoError(t, err)
	questions, err := x.Questions(t.Context(), task.Round{Number: 1, Miners: []task.MinerID{"m"}, PerMiner: 10})
	require.NoError(t, err)
	seen := 0
	for _, q := range questions {
		if r, err := chat.DecodeRequest(q.Body, params()); err != nil || q.Stream || len(r.Stop) > 0 {
			continue
		}
		out := good.answer(t, q, "good@1")
		cut := out.Usage.CompletionTokens - 5
		if out.Choices[0].FinishReason != chat.FinishLength || cut < 1 {
			continue
		}
		seen++
		out.Choices[0].Logprobs.Content = out.Choices[0].Logprobs.Content[:cut]
		out.Choices[0].Message.Content = out.Choices[0].Message.Content[:cut]
		out.Usage.CompletionTokens, out.Usage.TotalTokens = cut, out.Usage.PromptTokens+cut
		body, err := json.Marshal(out)
		require.NoError(t, err)
		small.context = out.Usage.TotalTokens
		j, err := x.Judge(t.Context(), q, task.Answer{Body: body})
		require.NoError(t, err)
		require.Empty(t, j.Reasons, "the context is full")
		small.context++
		j, err = x.Judge(t.Context(), q, task.Answer{Body: body})
		require.NoError(t, err)
		require.Equal(t, []string{string(verify.Usage)}, j.Reasons, "there was room for one more")
	}
	require.NotZero(t, seen)
}

// narrow is a model with a context.
type narrow struct {
	letters
	context int
}

func (n *narrow) Context() int { return n.context }
