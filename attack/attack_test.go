package attack

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/x/scoring/yuma"
)

// quick is a world small enough for many cases, and long enough for bonds to come to rest.
func quick() World {
	w := DefaultWorld()
	w.WarmUp, w.Epochs = 60, 60
	return w
}

func played(t *testing.T, w World, r Rules, c Case) Result {
	t.Helper()
	result, err := Run(w, r, c)
	require.NoError(t, err)
	return result
}

// at is a case under the kappa and penalty of a new subnet.
func at(strategy string, stake float64, v Variant) Case {
	return Case{Strategy: strategy, Stake: stake, Variant: v, Kappa: 0.5, Penalty: 1}
}

func eachVariant(t *testing.T, do func(t *testing.T, v Variant)) {
	for _, v := range Variants() {
		t.Run(string(v), func(t *testing.T) { do(t, v) })
	}
}

func TestSelfDealingMinorityEarnsNothing(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, penalty := range []float64{0, 0.5, 1} {
			for _, stake := range []float64{0.05, 0.3, 0.45, 0.49} {
				c := at("self-dealing", stake, v)
				c.Penalty = penalty
				r := played(t, quick(), DefaultRules(), c)
				require.Zero(t, r.Amounts.Incentive, "stake %g penalty %g", stake, penalty)
				require.Zero(t, r.Amounts.Dividends, "stake %g penalty %g", stake, penalty)
				require.Zero(t, r.Amounts.Unpaid)
			}
		}
	})
}

// The lab must see attacks succeed, or a zero would mean nothing.
func TestSelfDealingMajorityTakesAll(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		r := played(t, quick(), DefaultRules(), at("self-dealing", 0.55, v))
		require.Equal(t, r.Amounts.Emission, r.Amounts.Incentive+r.Amounts.Dividends)
		require.InDelta(t, 1, r.Stray, 1e-9)
		require.True(t, math.IsInf(r.Relative, 1))
	})
}

// Below half, kappa is the stake from which a cabal pays itself; above half, what is left to one is the stake from which a
// cabal keeps everybody from being judged. Only at a half does a minority have neither power.
func TestKappaMovesTheThreshold(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, c := range []struct {
			kappa, stake   float64
			earns, forfeit bool
		}{
			{0.4, 0.39, false, false},
			{0.4, 0.41, true, false},
			{0.5, 0.49, false, false},
			{0.5, 0.51, true, false},
			{0.6, 0.39, false, false},
			{0.6, 0.41, false, true},
			{0.6, 0.59, false, true},
			{0.6, 0.61, true, false},
		} {
			a := at("self-dealing", c.stake, v)
			a.Kappa = c.kappa
			r := played(t, quick(), DefaultRules(), a)
			require.Equal(t, c.earns, r.Amounts.Incentive > 0, "kappa %g stake %g", c.kappa, c.stake)
			require.Equal(t, c.forfeit, r.Amounts.Unpaid == r.Amounts.Emission, "kappa %g stake %g", c.kappa, c.stake)
		}
	})
}

func TestAmountsSumToTheEmission(t *testing.T) {
	w := quick()
	for i, strategy := range Strategies() {
		for k, stake := range []float64{0.05, 0.5, 0.6} {
			c := at(strategy, stake, Variants()[(i+k)%3])
			a := played(t, w, DefaultRules(), c).Amounts
			require.EqualValues(t, w.Epochs*emission, a.Emission)
			require.Equal(t, a.Emission, a.Incentive+a.Dividends+a.HonestIncentive+a.HonestDividends+a.Unpaid, "%+v", c)
		}
	}
}

// The control: whoever does as everybody does earns as everybody does.
func TestHonestCabalEarnsItsStake(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, stake := range DefaultStakes() {
			r := played(t, quick(), DefaultRules(), at("honest", stake, v))
			require.InDelta(t, 1, r.Relative, 0.02, "stake %g", stake)
			require.InDelta(t, stake/2, r.Share(), 0.005, "half the emission is dividends")
			require.Zero(t, r.Amounts.Incentive)
		}
	})
}

func TestCopierEarnsAtMostAnHonestShare(t *testing.T) {
	for seed := range uint64(3) {
		eachVariant(t, func(t *testing.T, v Variant) {
			w := quick()
			w.Seed = seed
			for _, stake := range []float64{0.05, 0.2, 0.45} {
				r := played(t, w, DefaultRules(), at("copy", stake, v))
				require.LessOrEqual(t, r.Relative, 1.05, "stake %g", stake)
				require.Greater(t, r.Relative, 0.7, "asking makes a copier's weights count: stake %g", stake)
			}
		})
	}
}

func TestCopierWithoutReceiptsEarnsNothing(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, stake := range []float64{0.05, 0.3, 0.6} {
			c := at("copy-without-asking", stake, v)
			r := played(t, quick(), DefaultRules(), c)
			require.Zero(t, r.Amounts.Incentive+r.Amounts.Dividends, "stake %g", stake)

			off := DefaultRules()
			off.ExamReceipts, off.ExamOpenings = 0, 0
			asked := at("copy", stake, v)
			require.Equal(t, played(t, quick(), off, asked).Amounts, played(t, quick(), off, c).Amounts,
				"without examination nobody can tell a copier that asks from one that does not")
		}
	})
}

// A crowd of own miners hides nothing from a draw that goes by weight.
func TestPaddingHidesNothing(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, stake := range []float64{0.05, 0.45} {
			require.Zero(t, played(t, quick(), DefaultRules(), at("copy-padded", stake, v)).Relative, "stake %g", stake)
		}
	})
}

// What can be hidden is paid for in weight, and more openings make it dearer.
func TestCopiedPartEarnsItsPartAtMost(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, stake := range []float64{0.05, 0.2, 0.45} {
			r := played(t, quick(), DefaultRules(), at("copy-part", stake, v))
			require.Less(t, r.Relative, 1.25*copiedPart, "stake %g", stake)
			require.Positive(t, r.Relative, "stake %g", stake)
			strict := DefaultRules()
			strict.ExamOpenings = 24
			require.Less(t, played(t, quick(), strict, at("copy-part", stake, v)).Relative, 0.05, "stake %g", stake)
		}
	})
}

// Silent validators count until the activity cutoff. After that classic bonds pay on while they decay, Yuma 3 pays at once
// nothing more.
func TestSilenceEnds(t *testing.T) {
	rules := DefaultRules()
	w := quick()
	w.Epochs = rules.maxAge() + 1
	during := played(t, w, rules, at("withhold", 0.2, Yuma3))
	require.InDelta(t, 1, during.Relative, 0.1, "its row counts as it stands")
	w.Epochs = 10 * w.Epochs
	after := played(t, w, rules, at("withhold", 0.2, Yuma3))
	require.InDelta(t, float64(during.Amounts.Dividends), float64(after.Amounts.Dividends), 0.1*float64(during.Amounts.Dividends), "and nothing once it lapsed")
	tail := played(t, w, rules, at("withhold", 0.2, Classic))
	require.Greater(t, tail.Amounts.Dividends, after.Amounts.Dividends*5/4, "classic bonds pay while they decay")
}

func TestLazyStaysActive(t *testing.T) {
	rules := DefaultRules()
	require.Equal(t, 12, rules.maxAge(), "5000 blocks of 360")
	r := played(t, quick(), rules, at("lazy", 0.2, Yuma3))
	require.InDelta(t, 0.95, r.Relative, 0.05)
	rules.Params.ActivityCutoff = rules.Params.Tempo
	require.InDelta(t, 1, played(t, quick(), rules, at("lazy", 0.2, Yuma3)).Relative, 0.02, "with the shortest cutoff it must be honest")
}

// A switch takes effect: the honest share of the turncoat's dividends decays with its bonds.
func TestSwitchLosesWithItsBonds(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		w := quick()
		w.Epochs = 5
		early := played(t, w, DefaultRules(), at("switch", 0.3, v)).Relative
		w.Epochs = 60
		late := played(t, w, DefaultRules(), at("switch", 0.3, v)).Relative
		require.Less(t, late, early/2)
		require.Positive(t, early)
		require.Greater(t, played(t, w, DefaultRules(), at("switch", 0.55, v)).Share(), 0.9)
	})
}

// Many uids for the same stake change nothing about who decides.
func TestSybilsGainNoVote(t *testing.T) {
	eachVariant(t, func(t *testing.T, v Variant) {
		for _, stake := range []float64{0.1, 0.45} {
			r := played(t, quick(), DefaultRules(), at("sybil", stake, v))
			require.Zero(t, r.Amounts.Incentive)
			require.Less(t, r.Relative, 0.5)
		}
	})
}

// What the penalty is for: without it, bonds can be bought before the consensus agrees, and under Yuma 3 dust crowds honest
// validators out.
func TestPenaltyTakesTheGain(t *testing.T) {
	for _, c := range []struct {
		strategy string
		variant  Variant
		stake    float64
	}{
		{"front-run", Classic, 0.05},
		{"dilute", Yuma3, 0.05},
		{"dilute", LiquidAlpha, 0.3},
	} {
		t.Run(c.strategy+"-"+string(c.variant), func(t *testing.T) {
			a := at(c.strategy, c.stake, c.variant)
			require.LessOrEqual(t, played(t, quick(), DefaultRules(), a).Relative, 1.02)
			a.Penalty = 0
			require.Greater(t, played(t, quick(), DefaultRules(), a).Relative, 1.15)
		})
	}
}

func TestSameSeedSameTable(t *testing.T) {
	w := quick()
	w.WarmUp, w.Epochs = 30, 10
	grid := DefaultGrid()
	grid.Stakes = []float64{0.2, 0.55}
	table := func(seed uint64) string {
		w.Seed = seed
		results, err := Sweep(context.Background(), w, DefaultRules(), grid, nil)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, WriteCSV(&b, results))
		return b.String()
	}
	first := table(7)
	require.Equal(t, first, table(7))
	require.NotEqual(t, first, table(8))

	// A case is the same alone as within a sweep, whatever ran before in the same memory.
	results, err := Sweep(context.Background(), w, DefaultRules(), grid, nil)
	require.NoError(t, err)
	last := results[len(results)-1]
	require.Equal(t, last, played(t, w, DefaultRules(), last.Case))
}

func TestEveryStrategyIsDescribedAndPlays(t *testing.T) {
	want := []string{
		"honest", "self-dealing", "copy", "copy-without-asking", "copy-padded", "copy-part", "withhold", "lazy", "switch", "sybil", "front-run", "dilute",
	}
	require.Equal(t, want, Strategies())
	seen := map[Amounts]string{}
	for _, name := range want {
		require.NotEmpty(t, About(name))
		r := played(t, quick(), DefaultRules(), at(name, 0.5, LiquidAlpha))
		if r.Amounts.Incentive+r.Amounts.Dividends == 0 {
			require.Contains(t, []string{"copy-without-asking", "copy-padded"}, name, "only those that are always refused may play alike")
			continue
		}
		require.Empty(t, seen[r.Amounts], "%s plays exactly as another", name)
		seen[r.Amounts] = name
	}
	require.Empty(t, About("nobody"))
}

func TestWarmUpDoesNotMatterToTheWorld(t *testing.T) {
	w := quick()
	h := newHistory(w)
	require.Len(t, h.quality, w.WarmUp+w.Epochs+foresight)
	arrivals := 0
	for e, qualities := range h.quality {
		for j, q := range qualities {
			require.GreaterOrEqual(t, q, poorest)
			require.LessOrEqual(t, q, 1.0)
			if h.replaced[e][j] {
				arrivals++
				require.Equal(t, poorest, q, "a newcomer starts poor")
			}
		}
	}
	require.InDelta(t, w.Churn*float64(w.Miners*len(h.quality)), arrivals, 12)
}

func TestRefusals(t *testing.T) {
	good := at("copy", 0.2, Classic)
	for name, c := range map[string]struct {
		change func(*World, *Rules, *Case)
		says   string
	}{
		"unknown-strategy": {func(_ *World, _ *Rules, c *Case) { c.Strategy = "bribe" }, `strategy "bribe" is not known, choose of honest, self-dealing`},
		"no-stake":         {func(_ *World, _ *Rules, c *Case) { c.Stake = 0 }, "stake is 0 of all"},
		"all-stake":        {func(_ *World, _ *Rules, c *Case) { c.Stake = 1 }, "choose above 0 and below 1"},
		"stake-not-number": {func(_ *World, _ *Rules, c *Case) { c.Stake = math.NaN() }, "stake is NaN"},
		"unknown-variant":  {func(_ *World, _ *Rules, c *Case) { c.Variant = "yuma4" }, `variant "yuma4" is not known, choose of classic, yuma3, liquid-alpha`},
		"kappa":            {func(_ *World, _ *Rules, c *Case) { c.Kappa = 1.5 }, "kappa is 1.5, choose from 0 to 1"},
		"penalty":          {func(_ *World, _ *Rules, c *Case) { c.Penalty = -1 }, "penalty is -1, choose from 0 to 1"},
		"no-epochs":        {func(w *World, _ *Rules, _ *Case) { w.Epochs = 0 }, "epochs is 0, choose from 1 to 10000"},
		"no-validators":    {func(w *World, _ *Rules, _ *Case) { w.Validators = 0 }, "validators is 0"},
		"one-miner":        {func(w *World, _ *Rules, _ *Case) { w.Miners = 1 }, "miners is 1, choose from 2"},
		"too-many":         {func(w *World, _ *Rules, _ *Case) { w.Miners = 1020 }, "1044 neurons"},
		"noise":            {func(w *World, _ *Rules, _ *Case) { w.Noise = 2 }, "noise is 2"},
		"half-exam":        {func(_ *World, r *Rules, _ *Case) { r.ExamOpenings = 0 }, "both zero or neither"},
		"cutoff":           {func(_ *World, r *Rules, _ *Case) { r.Params.ActivityCutoff = 10 }, "activity_cutoff is 10"},
		"tempo":            {func(_ *World, r *Rules, _ *Case) { r.Params.Tempo = 0 }, "tempo is 0"},
	} {
		t.Run(name, func(t *testing.T) {
			w, r, a := quick(), DefaultRules(), good
			c.change(&w, &r, &a)
			_, err := Run(w, r, a)
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, c.says)
		})
	}

	// A strategy may want more uids than there can be.
	w := quick()
	w.Miners = 240
	_, err := Run(w, DefaultRules(), at("copy-padded", 0.2, Classic))
	require.ErrorIs(t, err, ErrConfig)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Sweep(ctx, quick(), DefaultRules(), DefaultGrid(), nil)
	require.ErrorIs(t, err, context.Canceled)

	// Nothing is played of a grid with one bad case.
	grid := DefaultGrid()
	grid.Kappas = []float64{0.5, 7}
	_, err = Sweep(context.Background(), quick(), DefaultRules(), grid, func(int, int) { t.Fatal("played") })
	require.ErrorIs(t, err, ErrConfig)
}

func TestStakesSum(t *testing.T) {
	for name, shape := range map[string]func(World) World{
		"plain": func(w World) World { return w }, "sybil": sybil{}.Shape, "dust": dilute{}.Shape, "padded": copyPadded{}.Shape,
	} {
		t.Run(name, func(t *testing.T) {
			for _, stake := range DefaultStakes() {
				w := shape(DefaultWorld())
				var sum, cabal uint64
				for uid, s := range w.stakes(stake) {
					sum += s
					if w.isCabal(uid) {
						cabal += s
					}
					require.Equal(t, uid < w.judges(), s > 0, "validators have stake, miners none")
				}
				require.EqualValues(t, uint64(totalStake), sum)
				require.InDelta(t, stake, float64(cabal)/totalStake, 1e-12)
			}
		})
	}
}

func TestCSVHasTheColumnsItNames(t *testing.T) {
	r := Result{Case: at("copy", 0.05, Yuma3), Incentive: 0.25, Dividends: 0.125, Relative: math.Inf(1), Stray: 1}
	var b bytes.Buffer
	require.NoError(t, WriteCSV(&b, []Result{r}))
	lines, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	require.Equal(t, Columns, lines[0])
	require.Equal(t, []string{"copy", "0.05", "yuma3", "0.5", "1", "0.375000", "0.250000", "0.125000", "0.000000", "0.000000", "0.000000", "inf", "1.000000"}, lines[1])
}

// The lab draws as the chain does: whoever copies with a part q of its weight and holds receipts for the rest passes with q missing, which
// (1-q)^s bounds, and comes close to it where its own leaves are many.
func TestMoreOpeningsPassSeldomer(t *testing.T) {
	w := copyPadded{}.Shape(DefaultWorld())
	for _, openings := range []int{1, 8, 32} {
		r := DefaultRules()
		r.ExamOpenings = openings
		s := newRun(w, r, at("copy-part", 0.2, Classic), copyPart{})
		row := []yuma.Entry{{UID: 0, Value: 65_535}} // weight on oneself is not examined
		for j := range w.Miners {
			row = append(row, yuma.Entry{UID: uint16(w.miner(j)), Value: 400})
		}
		for j := range w.CabalMiners {
			row = append(row, yuma.Entry{UID: uint16(w.cabalMiner(j)), Value: 900})
		}
		q := 1.0 / 10
		bound := math.Pow(1-q, float64(openings))
		passed, tries := 0, 4000
		for range tries {
			require.True(t, s.examine(0, row, true), "who asked always passes")
			if s.examine(0, row, false) {
				passed++
			}
		}
		rate := float64(passed) / float64(tries)
		require.InDelta(t, bound, rate, 0.03, strconv.Itoa(openings))
		require.LessOrEqual(t, rate, bound+0.02, strconv.Itoa(openings))
	}
}

func ExampleRun() {
	result, err := Run(DefaultWorld(), DefaultRules(), Case{Strategy: "self-dealing", Stake: 0.45, Variant: Classic, Kappa: 0.5, Penalty: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% of the stake earns %.0f %% of the emission\n", 100*result.Stake, 100*result.Share())
	// Output: 45 % of the stake earns 0 % of the emission
}
