package dishonest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/lm/lmtest"
	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/chat"
	"github.com/agon-chain/agon/task/chat/dishonest"
	"github.com/agon-chain/agon/task/chat/embedded"
	"github.com/agon-chain/agon/task/chat/pinned"
	"github.com/agon-chain/agon/verify/sequential"
)

const pin = "made@1"

// folder is a validator's data folder with one version.
func folder(t *testing.T, file string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "models", pin), 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "text"), 0o755))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "models", pin, "model.gguf"), b, 0o600))
	profile, err := json.Marshal(sequential.Profile{
		ReplayTolerance: 1e-5, GreedyTolerance: 1e-4, ClaimTolerance: 1e-4, ReplayRate: 0.002, ClaimRate: 0.002, UsageRate: 0.002, RepeatRate: 0.01, Apart: 0.001,
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "models", pin+".profile.json"), profile, 0o600))
	for i := range 8 {
		text := strings.Repeat(fmt.Sprintf("we met %d times and spoke of the state of the union and its people at length. ", i), 4)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "text", fmt.Sprintf("%d.txt", i)), []byte(text+"\n\n"+text), 0o600))
	}
	return dir
}

// The examiner of a subnet that pins a real file tells the honest expert from those that serve something else, by the layer that
// can see it.
func TestExaminerTellsThemApart(t *testing.T) {
	right, cheap := lmtest.File(t, lmtest.Made{Seed: 1}), lmtest.File(t, lmtest.Made{Seed: 2})
	params := chat.DefaultParams()
	params.Models = []chat.Model{{Pin: pin}}
	raw, err := json.Marshal(params)
	require.NoError(t, err)
	x, err := pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{Params: raw, Seed: [32]byte{1}, DataDir: folder(t, right)})
	require.NoError(t, err)

	specs := append(dishonest.Specs(), embedded.Spec())
	experts := map[task.MinerID]task.Expert{}
	for name, options := range map[string]string{
		embedded.Name:           fmt.Sprintf(`{"file":%q,"serves":%q}`, right, pin),
		dishonest.NameQuantizer: fmt.Sprintf(`{"file":%q,"serves":%q}`, right, pin),
		dishonest.NamePrefiller: fmt.Sprintf(`{"file":%q,"pinned":%q,"serves":%q}`, cheap, right, pin),
	} {
		spec, err := task.FindExpert(specs, "chat", name)
		require.NoError(t, err)
		require.Equal(t, name != embedded.Name, spec.Dishonest)
		experts[task.MinerID(name)], err = spec.New(t.Context(), task.ExpertConfig{Params: raw, Options: []byte(options)})
		require.NoError(t, err)
	}
	var miners []task.MinerID
	for m := range experts {
		miners = append(miners, m)
	}
	accused, quality := map[task.MinerID]string{}, map[task.MinerID]float64{}
	for n := range uint64(3) {
		questions, err := x.Questions(t.Context(), task.Round{Number: n, Miners: miners, PerMiner: 10})
		require.NoError(t, err)
		var results []task.Result
		for _, q := range questions {
			var body []byte
			if streams, ok := experts[q.Miner].(task.StreamingExpert); ok && q.Stream {
				err = streams.Stream(t.Context(), q.Body, func(data []byte) error {
					body = fmt.Appendf(body, "data: %s\n\n", data)
					return nil
				})
			} else {
				body, err = experts[q.Miner].Answer(t.Context(), q.Body)
			}
			require.NoError(t, err)
			a := task.Answer{Body: body}
			j, err := x.Judge(t.Context(), q, a)
			require.NoError(t, err)
			results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
		}
		results, err = x.Settle(t.Context(), results)
		require.NoError(t, err)
		clear(quality)
		for _, r := range results {
			accused[r.Question.Miner] = r.Judgement.Accused
			quality[r.Question.Miner] += r.Judgement.Quality
			if r.Question.Miner == embedded.Name {
				require.Empty(t, r.Judgement.Reasons)
			}
		}
	}
	require.Empty(t, accused[embedded.Name])
	require.NotZero(t, quality[embedded.Name])
	require.Contains(t, []string{"claim", "replay"}, accused[dishonest.NameQuantizer])
	require.Contains(t, []string{"replay", "likelihood"}, accused[dishonest.NamePrefiller])
	require.Zero(t, quality[dishonest.NameQuantizer]+quality[dishonest.NamePrefiller])
}

// What a validator lacks to examine by is named.
func TestExaminerWithoutFiles(t *testing.T) {
	_, err := pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{Params: []byte(`{"models":[{"pin":"made@1"}]}`), DataDir: t.TempDir()})
	require.ErrorIs(t, err, task.ErrNoMaterial)
	require.ErrorContains(t, err, "made@1")
	root := strings.Repeat("ab", 32)
	pinnedRoot := []byte(`{"models":[{"pin":"made@1","root":"` + root + `"}]}`)
	dir := folder(t, lmtest.File(t, lmtest.Made{Seed: 1}))
	_, err = pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{Params: pinnedRoot, DataDir: dir})
	require.ErrorIs(t, err, task.ErrNoMaterial, "a root that cannot be checked is not believed")
	other := func(context.Context, string) ([32]byte, error) { return [32]byte{1}, nil }
	_, err = pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{Params: pinnedRoot, DataDir: dir, Root: other})
	require.ErrorContains(t, err, "has root 01")
	right := func(_ context.Context, path string) ([32]byte, error) {
		require.Equal(t, filepath.Join(dir, "models", pin), path)
		return [32]byte(bytes.Repeat([]byte{0xab}, 32)), nil
	}
	_, err = pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{Params: pinnedRoot, DataDir: dir, Root: right})
	require.NoError(t, err)
	x, err := pinned.Task().NewExaminer(t.Context(), task.ExaminerConfig{})
	require.NoError(t, err, "a subnet that pins nothing is examined by puzzles")
	require.IsType(t, &chat.Examiner{}, x)
}

func TestOptions(t *testing.T) {
	for _, s := range dishonest.Specs() {
		_, err := s.New(t.Context(), task.ExpertConfig{Options: []byte(`{"serves":"a@1"}`)})
		require.ErrorIs(t, err, embedded.ErrOptions)
	}
}
