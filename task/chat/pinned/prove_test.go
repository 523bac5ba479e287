package pinned_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/pinned"
)

// users is a user's call, by a seed of its own.
func users(t *testing.T, n int64, change func(*chat.Request)) task.Question {
	t.Helper()
	r := chat.Request{
		Messages: []chat.Message{{Role: chat.RoleUser, Content: "what does the senate say of the treaties"}}, MaxTokens: 40, Temperature: 1, TopP: 1, Seed: &n, Logprobs: true,
	}
	if change != nil {
		change(&r)
	}
	body, err := json.Marshal(r)
	require.NoError(t, err)
	return task.Question{Body: body, Stream: r.Stream}
}

func prove(t *testing.T, x *pinned.Examiner, q task.Question, out chat.Response) task.Proof {
	t.Helper()
	p, err := x.Prove(t.Context(), task.Signed{Body: q.Body, Answer: sent(t, q, out)})
	require.NoError(t, err)
	return p
}

func TestOneAnswerProvesACheatAndNeverAnHonestMiner(t *testing.T) {
	x := newExaminer(t)
	before, err := x.State()
	require.NoError(t, err)
	cheap := letters{blend: 0.5, likes: good.likes}
	proved := 0
	const calls = 120
	most := math.Inf(-1)
	for n := range int64(calls) {
		q := users(t, n, func(r *chat.Request) {
			if n%3 == 0 {
				r.Temperature = 0
			}
			r.Stream = n%2 == 0
		})
		honest := prove(t, x, q, good.answer(t, q, "good@1"))
		require.Empty(t, honest.Unjudged)
		require.False(t, honest.Proven)
		require.Equal(t, "good@1", honest.Of)
		most = max(most, honest.Log10)
		if p := prove(t, x, q, cheap.answer(t, q, "good@1")); p.Proven {
			proved++
			require.NotEmpty(t, p.By)
			require.GreaterOrEqual(t, p.Log10, 12.0)
		}
	}
	require.Greater(t, proved, calls*9/10, "answers long enough are proof by themselves")
	require.Negative(t, most, "a good answer speaks for its miner, and is worth nothing to it")
	after, err := x.State()
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after), "no account moves, for nor against")
}

// Who shows samples chooses them: the worst of very many answers of a miner that misses as often as is granted is no proof.
func TestTheWorstOfManyHonestAnswersIsNoProof(t *testing.T) {
	x := newExaminer(t)
	rng := rand.New(rand.NewPCG(1, 2))
	worst := math.Inf(-1)
	q := users(t, 7, nil)
	out := good.answer(t, q, "good@1")
	for range 2_000 {
		noisy := out
		noisy.Choices = []chat.Choice{out.Choices[0]}
		logs := *out.Choices[0].Logprobs
		logs.Content = append([]chat.TokenLogprob(nil), logs.Content...)
		missed := false
		for i := range logs.Content {
			if rng.Float64() < 0.05 { // ten times and more what its calibration says
				logs.Content[i].Logprob -= 0.3
				missed = true
			}
		}
		if !missed {
			continue
		}
		noisy.Choices[0].Logprobs = &logs
		p := prove(t, x, q, noisy)
		require.False(t, p.Proven)
		worst = max(worst, p.Log10)
	}
	require.Less(t, worst, 9.0)
}

func TestWhatProvesNothing(t *testing.T) {
	x := newExaminer(t)
	q := users(t, 1, nil)
	bad := plain.answer(t, q, "good@1")
	require.True(t, prove(t, x, q, bad).Proven, "as it stands it is proof")
	for name, change := range map[string]func(*chat.Response){
		"another-version": func(r *chat.Response) { r.Model = "good@2" },
		"other-prompt":    func(r *chat.Response) { r.Usage.PromptTokens++; r.Usage.TotalTokens++ },
		"no-logprobs":     func(r *chat.Response) { r.Choices[0].Logprobs = nil },
		"no-tokens": func(r *chat.Response) {
			l := *r.Choices[0].Logprobs
			l.Content = append([]chat.TokenLogprob(nil), l.Content...)
			l.Content[0].ID, l.Content[0].Token = nil, "?"
			r.Choices[0].Logprobs = &l
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := bad
			out.Choices = []chat.Choice{bad.Choices[0]}
			change(&out)
			p := prove(t, x, q, out)
			require.False(t, p.Proven)
			require.NotEmpty(t, p.Unjudged)
		})
	}
	const question, asked, oddly = "not a question that this task has", "no log-probabilities were asked for", "engines may read the conversation differently"
	for name, tc := range map[string]struct{ body, why string }{
		"no-question":    {`hello`, question},
		"unknown-member": {`{"messages":[{"role":"user","content":"x"}],"tools":[],"logprobs":true}`, question},
		"nobody-asked":   {`{"messages":[{"role":"user","content":"x"}]}`, asked},
		"developer":      {`{"messages":[{"role":"developer","content":"x"},{"role":"user","content":"y"}],"logprobs":true}`, oddly},
		"named":          {`{"messages":[{"role":"user","content":"x","name":"ann"}],"logprobs":true}`, oddly},
		"control":        {`{"messages":[{"role":"user","content":"x\r\ny"}],"logprobs":true}`, oddly},
	} {
		p, err := x.Prove(t.Context(), task.Signed{Body: []byte(tc.body), Answer: sent(t, q, bad)})
		require.NoError(t, err, name)
		require.Equal(t, tc.why, p.Unjudged, name)
	}
	p, err := x.Prove(t.Context(), task.Signed{Body: q.Body, Answer: []byte("not an answer")})
	require.NoError(t, err)
	require.NotEmpty(t, p.Unjudged)

	// A padded bill is wrong, and one wrong count is no proof.
	out := good.answer(t, q, "good@1")
	out.Usage.CompletionTokens++
	out.Usage.TotalTokens++
	require.False(t, prove(t, x, q, out).Proven)

	// Too few tokens are no proof, whatever they are.
	short := users(t, 1, func(r *chat.Request) { r.MaxTokens = 8 })
	require.False(t, prove(t, x, short, plain.answer(t, short, "good@1")).Proven)
}

func TestARootThatIsNotPinnedIsNotJudged(t *testing.T) {
	p := params()
	p.Models[0].Root = "0700000000000000000000000000000000000000000000000000000000000000"
	x, err := pinned.NewExaminer(t.Context(), p, [32]byte{7}, pinned.Folder(texts(t), "salt"),
		[]pinned.Version{{Pin: "good@1", Engine: good, Profile: profile()}, {Pin: "plain@1", Engine: plain, Profile: profile()}})
	require.NoError(t, err)
	q := users(t, 1, nil)
	answer := sent(t, q, plain.answer(t, q, "good@1"))
	for root, judged := range map[[32]byte]bool{{7}: true, {}: true, {8}: false} {
		got, err := x.Prove(t.Context(), task.Signed{Body: q.Body, Answer: answer, Root: root})
		require.NoError(t, err)
		require.Equal(t, judged, got.Proven, "%x: %s", root, got.Unjudged)
	}
}
