package miner

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/gguf"
	"github.com/agon-chain/agon/lm/quant"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/engine"
	"github.com/agon-chain/agon/task/chat/openai"
	"github.com/agon-chain/agon/task/chat/openai/llamacpptest"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/task/chat/remote"
	"github.com/agon-chain/agon/verify"
	"github.com/agon-chain/agon/verify/sequential"
	"github.com/agon-chain/agon/wire"
)

const pinnedParams = `{"models":[{"pin":"stories@260K","root":"abababababababababababababababababababababababababababababababab"}],"max_context":512,"max_tokens":256}`

// pinnedMiner is a miner in front of llama.cpp, which says that it serves the pinned version.
func pinnedMiner(t *testing.T, url string) *bench {
	return start(t, func(o *Options) {
		f := o.Chain.(*fakeChain)
		f.subnet.TaskKind, f.subnet.TaskParams = chat.Kind, pinnedParams
		o.Tasks, o.Experts = []task.Task{chat.Task()}, []task.ExpertSpec{openai.Spec()}
		o.Config.Expert, o.Config.ExpertEndpoint = openai.Name, url
	})
}

// smallTexts are documents of short paragraphs, of words that the model knows.
func smallTexts(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	words := strings.Fields("once upon a time there was a little girl named Lily who liked to play with her ball in the park and see the big dog")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 6 {
		var b strings.Builder
		for range 3 {
			for range 13 {
				b.WriteString(words[r.IntN(len(words))] + " ")
			}
			b.WriteString("\n\n")
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txt", i)), []byte(b.String()), 0o600))
	}
	return dir
}

// TestPinnedQuestionsToReceiptsToVerdicts goes the whole way of a verification with an engine that is not ours: an examiner's questions, signed
// requests over a socket to miners in front of llama.cpp, receipts, and what the examiner makes of the answers, by package lm and by a server of
// its own. Who serves the pinned file is worth it; who serves it in four bits is found out.
func TestPinnedQuestionsToReceiptsToVerdicts(t *testing.T) {
	file := llamacpptest.GGUF(t)
	honest := llamacpptest.Start(t)
	f, err := gguf.Open(file)
	require.NoError(t, err)
	defer f.Close()
	small := filepath.Join(t.TempDir(), "q4_0.gguf")
	w, err := os.Create(small)
	require.NoError(t, err)
	require.NoError(t, quant.Convert(w, f, gguf.Q4_0))
	require.NoError(t, w.Close())
	miners := map[task.MinerID]*bench{"honest": pinnedMiner(t, honest), "cheat": pinnedMiner(t, llamacpptest.StartFile(t, small))}

	own, err := engine.Open(file, "")
	require.NoError(t, err)
	text, err := engine.OpenText(file, "")
	require.NoError(t, err)
	server, err := remote.Open(t.Context(), text, remote.Options{URL: honest, Top: 64})
	require.NoError(t, err)
	defer server.Close()
	params, err := chat.DecodeParams([]byte(pinnedParams))
	require.NoError(t, err)
	// As agon-validator calibrate finds it, with room.
	profile := sequential.Profile{
		OwnDraws: true, GreedyTolerance: 0.01, ClaimTolerance: 0.005, ReplayRate: 0.005, ClaimRate: 0.002, UsageRate: 0.0075, RepeatRate: 0.11, Apart: 0.025,
	}
	texts := pinned.Folder(smallTexts(t), "salt")
	for name, reference := range map[string]pinned.Engine{"by-the-embedded-engine": own, "by-a-verifying-server": server} {
		t.Run(name, func(t *testing.T) {
			x, err := pinned.NewExaminer(t.Context(), params, [32]byte{5}, texts, []pinned.Version{{Pin: "stories@260K", Engine: reference, Profile: profile}})
			require.NoError(t, err)
			worth, ok := x.Quality("stories@260K")
			require.True(t, ok)
			require.Greater(t, worth, 0.3, "the model foresees its kind of text")
			questions, err := x.Questions(t.Context(), task.Round{Number: 1, Miners: []task.MinerID{"honest", "cheat"}, PerMiner: 28})
			require.NoError(t, err)
			var results []task.Result
			for _, q := range questions {
				b := miners[q.Miner]
				c := b.call(string(q.Body))
				c.Path = chat.Route
				ask := b.ask // it verifies the receipt
				if q.Stream {
					ask = func(c wire.Call) (*wire.Reply, error) { return b.askStream(c, nil) }
				}
				reply, err := ask(c)
				require.NoError(t, err)
				require.Equal(t, byte(0xab), reply.Receipt.ModelVersion[0], "both sign that they served the pinned version")
				a := task.Answer{Body: reply.Body}
				j, err := x.Judge(t.Context(), q, a)
				require.NoError(t, err)
				results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
			}
			settled, err := x.Settle(t.Context(), results)
			require.NoError(t, err)
			for _, r := range settled {
				if r.Question.Miner == "honest" {
					require.Equal(t, worth, r.Judgement.Quality, "%v", r.Judgement.Reasons)
					require.Empty(t, r.Judgement.Accused)
					continue
				}
				require.Zero(t, r.Judgement.Quality)
				require.Equal(t, string(verify.Claim), r.Judgement.Accused)
			}
		})
	}
}
