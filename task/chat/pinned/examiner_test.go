package pinned_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/sample"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/verify/sequential"
)

// letters is a model whose tokens are the letters and a space, and whose logits are a function of what came before. blend is how
// much of another model is in it; likes raises what the material is made of, so that versions differ in quality.
type letters struct {
	blend float64
	likes string
}

const (
	alphabet = " abcdefghijklmnopqrstuvwxyz"
	endID    = len(alphabet)
)

func (letters) Vocabulary() int { return len(alphabet) + 1 }
func (letters) End(id int) bool { return id == endID }
func (letters) EndToken() int   { return endID }
func (letters) Encode(s string) (tokens []int, err error) {
	for _, c := range strings.ToLower(s) {
		if i := strings.IndexRune(alphabet, c); i >= 0 {
			tokens = append(tokens, i)
		}
	}
	return tokens, nil
}

func (m letters) Prompt(messages []chat.Message) ([]int, error) {
	var all []string
	for _, msg := range messages {
		all = append(all, msg.Content)
	}
	return m.Encode(strings.Join(all, " ") + " ")
}

func (letters) Decode(tokens []int) string {
	var b strings.Builder
	for _, id := range tokens {
		if id != endID {
			b.WriteByte(alphabet[id])
		}
	}
	return b.String()
}

func (letters) TokenOf(b []byte) (int, bool) {
	i := strings.Index(alphabet, string(b))
	return i, i >= 0 && len(b) == 1
}

func (m letters) row(before []int) []float32 {
	var h uint64 = 5
	for _, id := range before[max(0, len(before)-6):] {
		h = h*6364136223846793005 + uint64(id) + 1442695040888963407
	}
	own, other := rand.New(rand.NewPCG(h, 1)), rand.New(rand.NewPCG(h, 2))
	out := make([]float32, m.Vocabulary())
	for i := range out {
		out[i] = float32(1.5 * ((1-m.blend)*own.NormFloat64() + m.blend*other.NormFloat64()))
		if i < endID && strings.IndexByte(m.likes, alphabet[i]) >= 0 {
			out[i] += 2
		}
	}
	out[endID] -= 4
	return out
}

func (m letters) Logits(ctx context.Context, prompt, completion []int) ([][]float32, error) {
	before := slices.Clone(prompt)
	var out [][]float32
	for _, id := range completion {
		out = append(out, m.row(before))
		before = append(before, id)
	}
	return out, ctx.Err()
}

// answer is what a miner with this model sends.
func (m letters) answer(t *testing.T, q task.Question, pin string) chat.Response {
	t.Helper()
	r, err := chat.DecodeRequest(q.Body, params())
	require.NoError(t, err)
	prompt, err := m.Prompt(r.Messages)
	require.NoError(t, err)
	s := r.Sampler(q.Body)
	out := chat.Response{ID: "x", Object: chat.ObjectCompletion, Created: 1, Model: pin, Choices: []chat.Choice{{FinishReason: chat.FinishLength, Logprobs: &chat.Logprobs{}}}}
	var tokens []int
	stopped := -1
	for i := range r.MaxTokens {
		id, p := s.Pick(m.row(append(slices.Clone(prompt), tokens...)), i)
		tokens = append(tokens, id)
		if id == endID {
			out.Choices[0].FinishReason = chat.FinishStop
			break
		}
		out.Choices[0].Logprobs.Content = append(out.Choices[0].Logprobs.Content, chat.TokenLogprob{ID: &id, Token: alphabet[id : id+1], Logprob: chat.Logprob(p)})
		if text := m.Decode(tokens); len(r.Stop) > 0 && strings.Contains(text, r.Stop[0]) {
			out.Choices[0].FinishReason, stopped = chat.FinishStop, strings.Index(text, r.Stop[0])
			break
		}
	}
	out.Choices[0].Message = chat.Message{Role: chat.RoleAssistant, Content: m.Decode(tokens)}
	if stopped >= 0 {
		out.Choices[0].Message.Content = out.Choices[0].Message.Content[:stopped]
	}
	out.Usage = chat.Usage{PromptTokens: len(prompt), CompletionTokens: len(tokens), TotalTokens: len(prompt) + len(tokens)}
	return out
}

func params() chat.Params {
	p := chat.DefaultParams()
	p.Models = []chat.Model{{Pin: "good@1"}, {Pin: "plain@1"}}
	return p
}

var (
	good  = letters{likes: "etaoinshr "}
	plain = letters{}
)

func profile() sequential.Profile {
	return sequential.Profile{
		ReplayTolerance: 1e-6, GreedyTolerance: 1e-4, ClaimTolerance: 1e-4,
		ReplayRate: 0.003, ClaimRate: 0.003, UsageRate: 0.002, RepeatRate: 0.02, Apart: 0.001,
	}
}

// texts writes documents of plain English-like words.
func texts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 9))
	words := strings.Fields("the nation asks its senate to state the reason that these treaties stand and honest trade is the interest of all")
	for i := range 12 {
		var b strings.Builder
		for range 6 {
			for range 30 {
				b.WriteString(words[r.IntN(len(words))] + " ")
			}
			b.WriteString("\n\n")
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.txt", i)), []byte(b.String()), 0o600))
	}
	return dir
}

func newExaminer(t *testing.T) *pinned.Examiner {
	t.Helper()
	x, err := pinned.NewExaminer(t.Context(), params(), [32]byte{7}, pinned.Folder(texts(t), "salt"),
		[]pinned.Version{{Pin: "good@1", Engine: good, Profile: profile()}, {Pin: "plain@1", Engine: plain, Profile: profile()}})
	require.NoError(t, err)
	return x
}

// sent is an answer as it travels: a stream's as events, of a token each.
func sent(t *testing.T, q task.Question, out chat.Response) []byte {
	t.Helper()
	if !q.Stream {
		body, err := json.Marshal(out)
		require.NoError(t, err)
		return body
	}
	var b bytes.Buffer
	event := func(c chat.Chunk) {
		c.ID, c.Model = out.ID, out.Model
		data, err := json.Marshal(c)
		require.NoError(t, err)
		fmt.Fprintf(&b, "data: %s\n\n", data)
	}
	choice := out.Choices[0]
	event(chat.Chunk{Choices: []chat.ChunkChoice{{Delta: chat.Delta{Role: chat.RoleAssistant, Content: choice.Message.Content}}}})
	told := choice.Logprobs
	if told == nil {
		told = &chat.Logprobs{}
	}
	for _, l := range told.Content {
		event(chat.Chunk{Choices: []chat.ChunkChoice{{Logprobs: &chat.Logprobs{Content: []chat.TokenLogprob{l}}}}})
	}
	event(chat.Chunk{Choices: []chat.ChunkChoice{{FinishReason: &choice.FinishReason}}, Usage: &out.Usage})
	b.WriteString("data: [DONE]\n\n")
	return b.Bytes()
}

type sends func(t *testing.T, q task.Question) chat.Response

// round plays one round with miners by name.
func round(t *testing.T, x *pinned.Examiner, number uint64, miners map[task.MinerID]sends) []task.Result {
	t.Helper()
	var ids []task.MinerID
	for id := range miners {
		ids = append(ids, id)
	}
	questions, err := x.Questions(t.Context(), task.Round{Number: number, Miners: ids, PerMiner: 10})
	require.NoError(t, err)
	var results []task.Result
	for _, q := range questions {
		body := sent(t, q, miners[q.Miner](t, q))
		a := task.Answer{Body: body}
		j, err := x.Judge(t.Context(), q, a)
		require.NoError(t, err)
		results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
	}
	out, err := x.Settle(t.Context(), results)
	require.NoError(t, err)
	return out
}

// mean is what a miner's answers are worth, and the reasons that they had.
func mean(results []task.Result, m task.MinerID) (float64, map[string]int) {
	var sum, n float64
	reasons := map[string]int{}
	for _, r := range results {
		if r.Question.Miner == m {
			sum, n = sum+r.Judgement.Quality*r.Question.Weight, n+r.Question.Weight
			for _, why := range r.Judgement.Reasons {
				reasons[why]++
			}
			if r.Judgement.Accused != "" {
				reasons["accused:"+r.Judgement.Accused]++
			}
		}
	}
	return sum / n, reasons
}

// Honest miners are worth what their versions are, each cheat soon nothing, and each is accused by a layer that sees it.
func TestCheatsEarnNothing(t *testing.T) {
	x := newExaminer(t)
	qGood, ok := x.Quality("good@1")
	require.True(t, ok)
	qPlain, ok := x.Quality("plain@1")
	require.True(t, ok)
	require.Greater(t, qGood, qPlain+0.05, "it foresees the subnet's text")

	serve := func(m letters, pin string) sends {
		return func(t *testing.T, q task.Question) chat.Response { return m.answer(t, q, pin) }
	}
	cheap := letters{blend: 0.5, likes: good.likes}
	var shared map[string]chat.Response
	miners := map[task.MinerID]sends{
		"honest": serve(good, "good@1"), "other": serve(plain, "plain@1"),
		"cheap":       serve(cheap, "good@1"),
		"pretends":    serve(plain, "good@1"),
		"not-allowed": serve(good, "good@2"),
		"prefill": func(t *testing.T, q task.Question) chat.Response {
			out := cheap.answer(t, q, "good@1")
			r, err := chat.DecodeRequest(q.Body, params())
			require.NoError(t, err)
			before, err := good.Prompt(r.Messages)
			require.NoError(t, err)
			for i := range out.Choices[0].Logprobs.Content {
				c := &out.Choices[0].Logprobs.Content[i]
				rows, err := good.Logits(t.Context(), before, []int{*c.ID})
				require.NoError(t, err)
				c.Logprob = chat.Logprob(sample.LogProb(rows[0], *c.ID))
				before = append(before, *c.ID)
			}
			return out
		},
		"padded": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			out.Usage.PromptTokens += 10
			out.Usage.TotalTokens += 10
			return out
		},
		"silent": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			for i := range out.Choices[0].Logprobs.Content {
				c := &out.Choices[0].Logprobs.Content[i]
				c.ID, c.Token = nil, "?"
			}
			return out
		},
		"beyond": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			*out.Choices[0].Logprobs.Content[0].ID = 1 << 30
			return out
		},
		"pair-one": func(t *testing.T, q task.Question) chat.Response { return pair(t, shared, q) },
		"pair-two": func(t *testing.T, q task.Question) chat.Response { return pair(t, shared, q) },
	}
	shared = map[string]chat.Response{}
	var last []task.Result
	for n := range uint64(5) {
		last = round(t, x, n, miners)
	}
	q, reasons := mean(last, "honest")
	require.InDelta(t, qGood, q, 1e-9, "%v", reasons)
	q, reasons = mean(last, "other")
	require.InDelta(t, qPlain, q, 1e-9, "%v", reasons)
	for m, why := range map[task.MinerID]string{
		"cheap": "accused:", "pretends": "accused:", "prefill": "accused:", "padded": "accused:usage", "pair-one": "accused:", "pair-two": "accused:",
		"not-allowed": "model-not-allowed", "silent": "no-tokens", "beyond": "no-tokens",
	} {
		q, reasons := mean(last, m)
		require.Zero(t, q, m)
		found := false
		for r := range reasons {
			found = found || strings.HasPrefix(r, why)
		}
		require.True(t, found, "%s: %v", m, reasons)
	}
	_, reasons = mean(last, "prefill")
	require.NotContains(t, reasons, "claim", "its numbers are true")
}

// pair gives both of a pair the first one's answer to an item.
func pair(t *testing.T, shared map[string]chat.Response, q task.Question) chat.Response {
	if out, ok := shared[q.Item]; ok {
		return out
	}
	out := good.answer(t, q, "good@1")
	shared[q.Item] = out
	return out
}

// Accounts outlive a restart, and not a new calibration.
func TestStateIsKept(t *testing.T) {
	x := newExaminer(t)
	cheats := map[task.MinerID]sends{"cheap": func(t *testing.T, q task.Question) chat.Response {
		return letters{blend: 0.5, likes: good.likes}.answer(t, q, "good@1")
	}}
	for n := range uint64(4) {
		round(t, x, n, cheats)
	}
	state, err := x.State()
	require.NoError(t, err)
	honest := map[task.MinerID]sends{"cheap": func(t *testing.T, q task.Question) chat.Response { return good.answer(t, q, "good@1") }}
	again := newExaminer(t)
	require.NoError(t, again.Restore(state))
	q, reasons := mean(round(t, again, 4, honest), "cheap")
	require.Zero(t, q, "it was accused before: %v", reasons)
	back, err := again.State()
	require.NoError(t, err)
	require.NotEqual(t, state, back)

	for name, bad := range map[string]string{"empty": "", "other": `{"kind":"langid","version":1}`, "array": `[]`} {
		require.ErrorIs(t, again.Restore([]byte(bad)), task.ErrBadState, name)
	}
	fresh := newExaminer(t)
	require.NoError(t, fresh.Restore(bytes.ReplaceAll(state, []byte(`"most":0.003`), []byte(`"most":0.004`))))
	q, _ = mean(round(t, fresh, 4, honest), "cheap")
	require.NotZero(t, q, "what was counted by other rates cannot go on")
}

// Who was found out does not get away by answers that nothing can be seen in, by naming another version, or by silence; when
// the term of its account is over it is looked at anew.
func TestNoWayOutOfAnAccusation(t *testing.T) {
	x := newExaminer(t)
	cheap := letters{blend: 0.5, likes: good.likes}
	serve := func(m letters, pin string) map[task.MinerID]sends {
		return map[task.MinerID]sends{"m": func(t *testing.T, q task.Question) chat.Response { return m.answer(t, q, pin) }}
	}
	n := uint64(0)
	play := func(miners map[task.MinerID]sends) []task.Result {
		n++
		return round(t, x, n, miners)
	}
	for range 4 {
		play(serve(cheap, "good@1"))
	}
	for name, out := range map[string]sends{
		"another-version": func(t *testing.T, q task.Question) chat.Response { return plain.answer(t, q, "plain@1") },
		"not-allowed":     func(t *testing.T, q task.Question) chat.Response { return good.answer(t, q, "good@9") },
		"no-tokens": func(t *testing.T, q task.Question) chat.Response {
			out := good.answer(t, q, "good@1")
			out.Choices[0].Logprobs = nil
			return out
		},
		"honest-now": func(t *testing.T, q task.Question) chat.Response { return good.answer(t, q, "good@1") },
	} {
		for _, r := range play(map[task.MinerID]sends{"m": out}) {
			require.NotEmpty(t, r.Judgement.Accused, name)
			require.Zero(t, r.Judgement.Quality, name)
		}
	}
	for range 100 { // of ten answers
		play(serve(good, "good@1"))
	}
	last := play(serve(good, "good@1"))
	for _, r := range last {
		require.Empty(t, r.Judgement.Accused)
	}
	q, _ := mean(last, "m")
	require.NotZero(t, q)
}

// Whose pace is far from the others' is noted and loses nothing by it.
func TestPaceIsNoted(t *testing.T) {
	x := newExaminer(t)
	var ids []task.MinerID
	for i := range 12 {
		ids = append(ids, task.MinerID(fmt.Sprintf("m%02d", i)))
	}
	questions, err := x.Questions(t.Context(), task.Round{Number: 1, Miners: ids, PerMiner: 4})
	require.NoError(t, err)
	var results []task.Result
	for _, q := range questions {
		a := task.Answer{Body: sent(t, q, good.answer(t, q, "good@1")), Latency: time.Second}
		if q.Miner == "m00" {
			a.Latency = 20 * time.Millisecond
		}
		j, err := x.Judge(t.Context(), q, a)
		require.NoError(t, err)
		results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
	}
	results, err = x.Settle(t.Context(), results)
	require.NoError(t, err)
	want, _ := x.Quality("good@1")
	for _, m := range ids {
		q, reasons := mean(results, m)
		require.InDelta(t, want, q, 1e-9)
		require.Equal(t, m == "m00", reasons["latency"] > 0, m)
	}
}

// Answers that a process judged which was killed before it settled count as if it had not been.
func TestSettledByAnother(t *testing.T) {
	one, other := newExaminer(t), newExaminer(t)
	cheap := letters{blend: 0.5, likes: good.likes}
	for n := range uint64(3) {
		questions, err := one.Questions(t.Context(), task.Round{Number: n, Miners: []task.MinerID{"m"}, PerMiner: 10})
		require.NoError(t, err)
		var results []task.Result
		for _, q := range questions {
			body := sent(t, q, cheap.answer(t, q, "good@1"))
			j, err := one.Judge(t.Context(), q, task.Answer{Body: body})
			require.NoError(t, err)
			results = append(results, task.Result{Question: q, Answer: task.Answer{Body: body}, Judgement: j})
		}
		a, err := one.Settle(t.Context(), results)
		require.NoError(t, err)
		b, err := other.Settle(t.Context(), results)
		require.NoError(t, err)
		require.Equal(t, a, b)
	}
	a, err := one.State()
	require.NoError(t, err)
	b, err := other.State()
	require.NoError(t, err)
	require.JSONEq(t, string(a), string(b))
}

// An honest miner is judged alike whether its server tells the end token or not, and by bytes where it tells no ids.
func TestHonestServersThatDiffer(t *testing.T) {
	for name, change := range map[string]func(*chat.Response){
		"no-ids": func(r *chat.Response) {
			for i := range r.Choices[0].Logprobs.Content {
				r.Choices[0].Logprobs.Content[i].ID = nil
			}
		},
		"bytes": func(r *chat.Response) {
			for i := range r.Choices[0].Logprobs.Content {
				c := &r.Choices[0].Logprobs.Content[i]
				c.ID, c.Bytes, c.Token = nil, chat.Bytes(c.Token), ""
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := newExaminer(t)
			want, _ := x.Quality("good@1")
			q, reasons := mean(round(t, x, 1, map[task.MinerID]sends{"m": func(t *testing.T, q task.Question) chat.Response {
				out := good.answer(t, q, "good@1")
				change(&out)
				return out
			}}), "m")
			require.InDelta(t, want, q, 1e-9, "%v", reasons)
		})
	}
}

func TestNothingToExamineBy(t *testing.T) {
	_, err := pinned.NewExaminer(t.Context(), params(), [32]byte{}, pinned.Folder(filepath.Join(t.TempDir(), "none"), ""), nil)
	require.ErrorIs(t, err, task.ErrNoMaterial)
	_, err = pinned.NewExaminer(t.Context(), params(), [32]byte{}, pinned.Folder(texts(t), ""), []pinned.Version{{Pin: "good@1", Engine: good, Profile: profile()}})
	require.ErrorIs(t, err, task.ErrBadParameters)
	require.ErrorContains(t, err, "plain@1")
	_, err = pinned.NewExaminer(t.Context(), params(), [32]byte{}, pinned.Folder(texts(t), ""), []pinned.Version{{Pin: "good@1", Engine: good}})
	require.ErrorIs(t, err, task.ErrBadParameters, "no profile")
	_, err = pinned.NewExaminer(t.Context(), params(), [32]byte{}, pinned.Folder(texts(t), ""), []pinned.Version{{Pin: "good@1", Engine: broken{good}, Profile: profile()}})
	require.ErrorIs(t, err, errBroken)
}

var errBroken = errors.New("broken")

type broken struct{ letters }

func (broken) Logits(context.Context, []int, []int) ([][]float32, error) { return nil, errBroken }
