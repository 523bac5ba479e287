package task_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
)

func newBook(t *testing.T, edit func(*task.Policy)) *task.Book {
	t.Helper()
	p := task.DefaultPolicy()
	if edit != nil {
		edit(&p)
	}
	b, err := task.NewBook(p)
	require.NoError(t, err)
	return b
}

func result(m task.MinerID, quality, chance float64) task.Result {
	return task.Result{
		Question:  task.Question{Miner: m},
		Answer:    task.Answer{Body: []byte("{}")},
		Judgement: task.Judgement{Quality: quality, Chance: chance},
	}
}

func dropped(m task.MinerID) task.Result {
	return task.Result{Question: task.Question{Miner: m}, Answer: task.Answer{Dropped: true}}
}

// several returns results of which the share good has quality 1, spread evenly.
func several(m task.MinerID, n int, good, chance float64) []task.Result {
	var out []task.Result
	var sum float64
	for range n {
		sum += good
		q := 0.0
		if sum >= 1 {
			q, sum = 1, sum-1
		}
		out = append(out, result(m, q, chance))
	}
	return out
}

func TestStandingGates(t *testing.T) {
	canary := func(r task.Result, quality float64) task.Result {
		r.Question.Canary, r.Judgement.Quality = true, quality
		return r
	}
	slow := func(r task.Result) task.Result {
		r.Answer.Latency = time.Minute
		return r
	}
	for name, c := range map[string]struct {
		results []task.Result
		want    task.Gate
	}{
		"never-asked":            {nil, task.GateFew},
		"forty-seven-are-few":    {several("m", 47, 1, 0.1), task.GateFew},
		"forty-eight-are-enough": {several("m", 48, 1, 0.1), task.Open},
		"good-expert":            {several("m", 100, 0.8, 0.1), task.Open},
		"guesser":                {several("m", 100, 0.1, 0.1), task.GateTrivial},
		"coin-on-two-labels":     {several("m", 100, 0.55, 0.5), task.GateTrivial},
		"nothing-right":          {several("m", 100, 0, 0), task.GateTrivial},
		"a-little-better-is-not": {several("m", 48, 0.2, 0.1), task.GateTrivial},
		"a-quarter-dropped": {append(several("m", 75, 1, 0.1), func() (out []task.Result) {
			for range 25 {
				out = append(out, dropped("m"))
			}
			return out
		}()...), task.GateAvailability},
		"a-quarter-slow": {func() (out []task.Result) {
			for i, r := range several("m", 100, 1, 0.1) {
				if i%4 == 0 {
					r = slow(r)
				}
				out = append(out, r)
			}
			return out
		}(), task.GateAvailability},
		"fails-canaries": {func() []task.Result {
			out := several("m", 100, 0.8, 0.1)
			for range 10 {
				out = append(out, canary(result("m", 0, 0), 0))
			}
			return out
		}(), task.GateCanary},
		"one-canary-missed-is-no-proof": {append(several("m", 100, 0.8, 0.1), canary(result("m", 0, 0), 0)), task.Open},
		"not-a-number":                  {[]task.Result{result("m", math.NaN(), math.NaN())}, task.GateFew},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBook(t, nil)
			require.True(t, b.Record(c.results))
			s := b.Standing("m")
			require.Equal(t, c.want, s.Gate)
			if c.want == task.Open {
				require.InDelta(t, math.Pow(s.Quality, 6), s.Score, 1e-12)
				require.Positive(t, s.Score)
			} else {
				require.Zero(t, s.Score)
			}
		})
	}
}

// TestMovingMean compares the running sums with the definition: weights halve
// every HalfLife answers.
func TestMovingMean(t *testing.T) {
	const half = 20
	b := newBook(t, func(p *task.Policy) { p.HalfLife = half })
	rng := rand.New(rand.NewPCG(1, 2))
	var qs []float64
	for range 200 {
		q := rng.Float64()
		qs = append(qs, q)
		b.Record([]task.Result{result("m", q, 0)})
		var sum, weight float64
		for i, v := range qs {
			w := math.Exp2(-float64(len(qs)-1-i) / half)
			sum, weight = sum+v*w, weight+w
		}
		require.InDelta(t, sum/weight, b.Standing("m").Quality, 1e-9)
	}
}

func TestDroppingWhatIsHardDoesNotPay(t *testing.T) {
	b := newBook(t, nil)
	for i := range 300 {
		b.Record([]task.Result{result("honest", float64(i%10/9), 0.1)}) // right once in ten
		b.Record([]task.Result{result("tries", min(float64(i%10), 1), 0.1)})
		if i%10 == 0 {
			b.Record([]task.Result{dropped("picks")})
		} else {
			b.Record([]task.Result{result("picks", 1, 0.1)})
		}
	}
	require.InDelta(t, b.Standing("tries").Quality, b.Standing("picks").Quality, 1e-9)
	require.Equal(t, task.Open, b.Standing("picks").Gate)
}

func TestOurOwnOutageIsNotRecorded(t *testing.T) {
	b := newBook(t, nil)
	require.True(t, b.Record(append(several("a", 20, 1, 0), several("b", 20, 1, 0)...)))
	before, err := b.State()
	require.NoError(t, err)
	require.False(t, b.Record([]task.Result{dropped("a"), dropped("b"), dropped("a")}))
	after, err := b.State()
	require.NoError(t, err)
	require.JSONEq(t, string(before), string(after))
	require.True(t, b.Record([]task.Result{dropped("a")}), "one miner alone may be down")
	require.Less(t, b.Standing("a").Availability, 1.0)
}

// TestRestartChangesNothing goes on from saved state and from memory in parallel.
func TestRestartChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	whole := newBook(t, nil)
	restarted := newBook(t, nil)
	for round := range 20 {
		var rs []task.Result
		for i := range 5 {
			r := result(task.MinerID(fmt.Sprint(i)), rng.Float64(), 0.1)
			r.Question.Canary = rng.IntN(5) == 0
			if rng.IntN(6) == 0 {
				r.Answer = task.Answer{Dropped: true}
			}
			rs = append(rs, r)
		}
		whole.Record(rs)
		restarted.Record(rs)
		state, err := restarted.State()
		require.NoError(t, err)
		restarted = newBook(t, nil)
		require.NoError(t, restarted.Restore(state), "round %d", round)
	}
	require.Equal(t, whole.Standings(), restarted.Standings())
}

// TestWeightsMoveTheMean: three right answers of weight 1/4 against one wrong one of
// weight 1 are 3/7 of the weight, and are worth fewer answers than four.
func TestWeightsMoveTheMean(t *testing.T) {
	b := newBook(t, func(p *task.Policy) { p.HalfLife, p.MinQuestions = 1e6, 1 })
	weighed := func(r task.Result, w float64) task.Result {
		r.Question.Weight = w
		return r
	}
	b.Record([]task.Result{
		weighed(result("m", 1, 0.5), 0.25), weighed(result("m", 1, 0.5), 0.25), weighed(result("m", 1, 0.5), 0.25),
		weighed(result("m", 0, 0), 0), // 0 means 1
	})
	s := b.Standing("m")
	require.InDelta(t, 3.0/7, s.Quality, 1e-5)
	require.InDelta(t, 0.5*3/7, s.Chance, 1e-5)
	n := 1.75 * 1.75 / (3.0/16 + 1)
	lower, _ := task.Wilson(s.Quality, n, b.Policy().Z)
	require.InDelta(t, lower, s.QualityLower, 1e-5)
	b.Record([]task.Result{weighed(result("m", 1, 0), math.Inf(1))})
	require.Less(t, b.Standing("m").Quality, 1.0, "no weight is without bound")
}

func TestRestoreRefusesBadState(t *testing.T) {
	b := newBook(t, nil)
	b.Record(several("m", 20, 1, 0))
	want := b.Standing("m")
	for name, state := range map[string]string{
		"empty":              "",
		"not-json":           "hello",
		"wrong-version":      `{"version":2,"miners":{}}`,
		"no-sums":            `{"version":1,"miners":{"m":null}}`,
		"more-than-possible": `{"version":1,"miners":{"m":{"weight":1,"weight2":1,"quality":5}}}`,
		"negative":           `{"version":1,"miners":{"m":{"weight":1,"weight2":1,"quality":-1}}}`,
		"too-heavy":          `{"version":1,"miners":{"m":{"weight":1,"weight2":9,"quality":1}}}`,
		"no-squared-weight":  `{"version":1,"miners":{"m":{"weight":1,"quality":1}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, b.Restore([]byte(state)), task.ErrBadState)
			require.Equal(t, want, b.Standing("m"))
		})
	}
}

func FuzzRestore(f *testing.F) {
	b, err := task.NewBook(task.DefaultPolicy())
	require.NoError(f, err)
	b.Record(several("m", 20, 1, 0.1))
	state, err := b.State()
	require.NoError(f, err)
	f.Add(state)
	f.Add([]byte(`{"version":1,"miners":{"m":{"weight":1e300,"weight2":1e-300,"quality":1}}}`))
	f.Fuzz(func(t *testing.T, state []byte) {
		b, err := task.NewBook(task.DefaultPolicy())
		require.NoError(t, err)
		if b.Restore(state) != nil {
			return
		}
		for _, s := range b.Standings() {
			require.False(t, math.IsNaN(s.Score))
			require.GreaterOrEqual(t, s.Score, 0.0)
			require.LessOrEqual(t, s.Score, 1.0+1e-6)
		}
	})
}

func TestRetain(t *testing.T) {
	b := newBook(t, nil)
	b.Record([]task.Result{result("a", 1, 0), result("b", 1, 0)})
	b.Retain([]task.MinerID{"b", "c"})
	require.Zero(t, b.Standing("a").Asked)
	require.EqualValues(t, 1, b.Standing("b").Asked)
	require.Len(t, b.Standings(), 1)
}

func TestWeights(t *testing.T) {
	b := newBook(t, func(p *task.Policy) { p.Exponent = 1 })
	b.Record(several("best", 100, 0.8, 0.01))
	b.Record(several("half", 100, 0.4, 0.01))
	b.Record(several("none", 100, 0, 0.01))
	row := b.Weights([]task.Seat{{UID: 9, Miner: "best"}, {UID: 2, Miner: "half"}, {UID: 5, Miner: "none"}, {UID: 7, Miner: "unknown"}})
	require.Len(t, row, 2)
	require.EqualValues(t, 2, row[0].UID)
	require.InDelta(t, 32768, int(row[0].Value), 700)
	require.Equal(t, task.Weight{UID: 9, Value: 65535}, row[1])
	require.Empty(t, b.Weights([]task.Seat{{UID: 5, Miner: "none"}}))
}

func TestQuantizeWeights(t *testing.T) {
	for name, c := range map[string]struct {
		scores []float64
		want   []task.Weight
	}{
		"nothing":           {nil, nil},
		"all-zero":          {[]float64{0, 0}, nil},
		"one":               {[]float64{1e-9}, []task.Weight{{0, 65535}}},
		"half-rounds-up":    {[]float64{1, 0.5}, []task.Weight{{0, 65535}, {1, 32768}}},
		"below-half-unit":   {[]float64{1, 0.49 / 65535}, []task.Weight{{0, 65535}}},
		"bad-numbers":       {[]float64{math.NaN(), math.Inf(1), -3, 2}, []task.Weight{{3, 65535}}},
		"smallest-possible": {[]float64{math.SmallestNonzeroFloat64}, []task.Weight{{0, 65535}}},
		"largest-possible":  {[]float64{math.MaxFloat64, math.MaxFloat64}, []task.Weight{{0, 65535}, {1, 65535}}},
	} {
		t.Run(name, func(t *testing.T) {
			uids := make([]uint16, len(c.scores))
			for i := range uids {
				uids[i] = uint16(i)
			}
			require.Equal(t, c.want, task.QuantizeWeights(uids, c.scores))
		})
	}
	require.Equal(t, []task.Weight{{4, 65535}}, task.QuantizeWeights([]uint16{4, 5}, []float64{1}), "a uid without a score counts as 0")
}

func TestPolicyBounds(t *testing.T) {
	for name, edit := range map[string]func(*task.Policy){
		"half_life":     func(p *task.Policy) { p.HalfLife = 0 },
		"min_questions": func(p *task.Policy) { p.MinQuestions = 0 },
		"availability":  func(p *task.Policy) { p.Availability = 1.01 },
		"deadline":      func(p *task.Policy) { p.Deadline = 0 },
		"canary_pass":   func(p *task.Policy) { p.CanaryPass = math.NaN() },
		"exponent":      func(p *task.Policy) { p.Exponent = 17 },
		"z":             func(p *task.Policy) { p.Z = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			p := task.DefaultPolicy()
			edit(&p)
			_, err := task.NewBook(p)
			require.ErrorContains(t, err, name)
		})
	}
}

func TestWilson(t *testing.T) {
	// Closed form for p = 1: lower = n / (n + z²).
	lower, upper := task.Wilson(1, 10, 2)
	require.InDelta(t, 10.0/14, lower, 1e-12)
	require.InDelta(t, 1, upper, 1e-12)
	lower, upper = task.Wilson(0, 10, 2)
	require.InDelta(t, 0, lower, 1e-12)
	require.InDelta(t, 4.0/14, upper, 1e-12)
	lower, upper = task.Wilson(0.5, 0, 2)
	require.Equal(t, [2]float64{0, 1}, [2]float64{lower, upper})
	last := 0.0
	for n := 1.0; n < 1e6; n *= 2 {
		lower, upper = task.Wilson(0.7, n, 2.33)
		require.LessOrEqual(t, lower, 0.7)
		require.GreaterOrEqual(t, upper, 0.7)
		require.Greater(t, lower, last, "more trials, tighter")
		last = lower
	}
}

func TestSplit(t *testing.T) {
	var docs []task.Document
	for _, l := range []string{"aaa", "bbb", "one"} {
		n := 31
		if l == "one" {
			n = 1
		}
		for i := range n {
			docs = append(docs, task.Document{ID: fmt.Sprintf("%s/%d", l, i), Label: l})
		}
	}
	training, held := task.Split(docs, 0.4, "salt")
	count := map[string]int{}
	side := map[string]task.Part{}
	for _, d := range held {
		count[d.Label]++
		side[d.ID] = task.HeldOut
	}
	require.Equal(t, map[string]int{"aaa": 12, "bbb": 12}, count)
	for _, d := range training {
		_, both := side[d.ID]
		require.False(t, both, d.ID)
	}
	require.Len(t, docs, len(training)+len(held))

	shuffled := append([]task.Document(nil), docs...)
	rand.New(rand.NewPCG(5, 6)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	training2, held2 := task.Split(shuffled, 0.4, "salt")
	require.Equal(t, training, training2)
	require.Equal(t, held, held2)
	_, other := task.Split(docs, 0.4, "another salt")
	require.NotEqual(t, held, other)
}

func TestStandingIsJSON(t *testing.T) {
	raw, err := json.Marshal(newBook(t, nil).Standing("m"))
	require.NoError(t, err)
	require.Contains(t, string(raw), `"gate":"few-questions"`)
}

// Who is accused scores nothing from the next round on, however good it was before, and until it answers unaccused again.
func TestAccusedScoresNothing(t *testing.T) {
	b := newBook(t, nil)
	require.True(t, b.Record(several("m", 400, 0.9, 0.1)))
	require.Greater(t, b.Standing("m").Score, 0.3)
	r := result("m", 0, 0)
	r.Judgement.Accused, r.Judgement.Reasons = "replay", []string{"replay", "accused"}
	require.True(t, b.Record([]task.Result{r}))
	s := b.Standing("m")
	require.Equal(t, task.GateAccused, s.Gate)
	require.Zero(t, s.Score)
	require.Equal(t, "replay", s.Accused)
	require.True(t, b.Record([]task.Result{dropped("m")}))
	require.Equal(t, task.GateAccused, b.Standing("m").Gate, "silence is no defence")

	state, err := b.State()
	require.NoError(t, err)
	again := newBook(t, nil)
	require.NoError(t, again.Restore(state))
	require.Equal(t, b.Standing("m"), again.Standing("m"))
	require.True(t, b.Record([]task.Result{result("m", 1, 0)}))
	require.Equal(t, task.Open, b.Standing("m").Gate)
}

// The reason told is the most frequent of late, and few are kept however many an examiner has.
func TestReasonsOfLate(t *testing.T) {
	b := newBook(t, func(p *task.Policy) { p.HalfLife = 20 })
	with := func(reason string) task.Result {
		r := result("m", 0, 0)
		r.Judgement.Reasons = []string{reason}
		return r
	}
	for range 50 {
		b.Record([]task.Result{with("wrong")})
	}
	require.Equal(t, "wrong", b.Standing("m").Why)
	for range 50 {
		b.Record([]task.Result{with("malformed")})
	}
	require.Equal(t, "malformed", b.Standing("m").Why)
	for i := range 200 {
		b.Record([]task.Result{with(fmt.Sprint("reason-", i))})
	}
	state, err := b.State()
	require.NoError(t, err)
	require.Less(t, len(state), 1_000)
	require.NoError(t, newBook(t, nil).Restore(state))
}
