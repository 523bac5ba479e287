package cmd_test

import (
	"fmt"
	"math"
	"math/bits"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/task"
	"github.com/agon-chain/agon/validator"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	"github.com/agon-chain/agon/x/emission/curve"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/shares"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const whole = curve.UnitsPerToken

// grid is a table: its first row is the heading.
type grid [][]string

func (g *grid) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	*g = append(*g, row)
}

func (g grid) String() string {
	var b strings.Builder
	for i, row := range g {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}

// coins writes base units as a decimal, all nine places where they are needed.
func coins(base uint64) string {
	s := fmt.Sprintf("%d.%09d", base/whole, base%whole)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// blocksUntil is how many blocks a price takes to fall to least.
func blocksUntil(price, halfLife, least uint64) uint64 {
	var n uint64
	for curve.DecayedPrice(price, n, halfLife, least) > least {
		n++
	}
	return n
}

func ownersTables(t *testing.T) map[string]string {
	p, e := subnettypes.DefaultParams(), emissiontypes.DefaultParams()
	rush := grid{{"opened in one block", "costs, AGON", "the next costs", "blocks until a subnet costs 100 AGON again"}}
	cost := p.MinCreationCost
	for i := range 5 {
		next := curve.NextPrice(cost, p.CreationCostStepBps)
		rush.add(i+1, coins(cost), coins(next), blocksUntil(next, p.CreationCostHalfLife, p.MinCreationCost))
		cost = next
	}
	decay := grid{{"blocks since", "a subnet costs, AGON"}}
	for _, n := range []uint64{0, 3600, 7200, 14_400, 28_800, 43_200, 57_600, 86_400} {
		decay.add(n, coins(curve.DecayedPrice(800*whole, n, p.CreationCostHalfLife, p.MinCreationCost)))
	}

	parts, err := curve.SplitBps(curve.BlockEmission(0), e.SecurityBps, e.CommunityBps)
	require.NoError(t, err)
	block := grid{{"part of a block's AGON", "AGON"}}
	block.add("the chain's security", coins(parts[0]))
	block.add("community pool", coins(parts[1]))
	block.add("all subnets", coins(parts[2]))

	const tempo = 360
	price := func(agon uint64) curve.Q64 { return curve.Q64FromQ32(agon * curve.OneQ32) }
	// As x/emission samples: a mean counts for at most twice the average, and for 2 AGON while the average is below 1.
	sample := func(average, mean curve.Q64) curve.Q64 {
		most := 2 * max(curve.Q32(average), curve.OneQ32)
		return curve.EMA(average, curve.Q64FromQ32(min(curve.Q32(mean), most)), tempo, e.PriceHalfLife)
	}
	q := func(v curve.Q64) string { return fmt.Sprintf("%.4f", float64(curve.Q32(v))/float64(curve.OneQ32)) }
	two := grid{{"half-lives", "blocks", "average of ONE", "average of TWO", "TWO's share", "ONE gets a block, AGON", "TWO gets a block, AGON"}}
	var one, other curve.Q64
	shown := map[uint64]string{1: "", 100_800: "1/2", 201_600: "1", 403_200: "2", 604_800: "3", 1_008_000: "5"}
	for n := uint64(tempo); n <= 1_008_000; n += tempo {
		one, other = sample(one, price(1)), sample(other, price(3))
		label, ok := shown[n]
		if !ok {
			continue
		}
		weights := []uint64{curve.SubnetWeight(one, 0), curve.SubnetWeight(other, 0)}
		out := make([]uint64, 2)
		require.NoError(t, curve.LargestRemainder(weights, parts[2], out))
		two.add(label, n, q(one), q(other), fmt.Sprintf("%.2f %%", 100*float64(out[1])/float64(parts[2])), coins(out[0]), coins(out[1]))
	}
	pushed := grid{{"mean price of one epoch, AGON", "counts as", "average after, from 1"}}
	for _, agon := range []uint64{1, 2, 3, 100, 10_000} {
		pushed.add(agon, min(agon, 2), fmt.Sprintf("%.6f", float64(curve.Q32(sample(price(1), price(agon))))/float64(curve.OneQ32)))
	}
	return map[string]string{
		"creation-rush": rush.String(), "creation-decay": decay.String(), "block": block.String(), "two-subnets": two.String(),
		"pushed-price": pushed.String(), "burned": burnedTable(t), "epoch": paidTable(t), "mechanisms": mechanismsTable(t), "halving": halvingTable(), "fund": fundTable(t),
	}
}

// fundTable is a fund of three whose subnet cost 100 AGON, and what the worked epoch pays them where its owner keeps 20 %.
func fundTable(t *testing.T) string {
	const cost, keeps = 100 * whole, 2000
	paid := []uint64{10 * whole, 60 * whole, 50 * whole}
	cut, err := curve.SplitBps(examined(t).owner, keeps)
	require.NoError(t, err)
	o := crowdfundtypes.Outcome{Cost: cost}
	for _, amount := range paid {
		o.Unsettled += amount
	}
	shares := o.Unsettled
	o.Surplus = o.Unsettled - cost
	_, err = o.Share(cut[1], shares)
	require.NoError(t, err)
	g := grid{{"who", "paid in, AGON", "back of it, AGON", "of an epoch, tokens"}}
	for i, amount := range paid {
		c := crowdfundtypes.Contribution{Amount: amount}
		refund, err := o.Refund(c)
		require.NoError(t, err)
		due, err := o.Due(c)
		require.NoError(t, err)
		o.Surplus, o.Unsettled = o.Surplus-refund, o.Unsettled-amount
		who := fmt.Sprintf("contributor %d", i)
		if i == 0 {
			who = "operator, for its deposit"
		}
		g.add(who, coins(amount), coins(refund), coins(due))
	}
	g.add("operator, as owner", "", "", coins(cut[0]))
	return g.String()
}

// burnedTable is a subnet beside another of the same price that burns nothing, and what it pays of the worked epoch.
func burnedTable(t *testing.T) string {
	e, p := examined(t), emissiontypes.DefaultParams()
	g := grid{{"`miner_burn_bps`", "miners are paid, tokens", "not minted, tokens", "weight at an average of 1", "AGON a block beside another of 1"}}
	for _, bps := range []uint32{0, 2500, 5000, 9000, 10_000} {
		s, err := curve.SplitBlock(0, curve.OneQ32, curve.Subnet{PriceAverage: curve.Q64FromQ32(curve.OneQ32), BurnedBps: bps}, curve.Rule{SecurityBps: p.SecurityBps, CommunityBps: p.CommunityBps})
		require.NoError(t, err)
		var whole, paid uint64
		for _, amount := range e.incentive {
			whole, paid = whole+amount, paid+yuma.Unburned(amount, bps)
		}
		g.add(bps, coins(paid), coins(whole-paid), fmt.Sprintf("%.4f", float64(s.Weight)/float64(curve.OneQ32)), coins(s.Subnet))
	}
	return g.String()
}

func halvingTable() string {
	g := grid{{"tokens there are", "a block emits", "an epoch of 360 blocks"}}
	supply := uint64(200 * whole)
	for range 4 {
		g.add(coins(supply), coins(curve.BlockEmission(supply)), coins(curve.Emit(supply, 360)))
		supply = curve.NextHalving(supply)
	}
	return g.String()
}

// epochPay is the worked epoch of all three pages: validators 0 and 1 with 600 and 400 tokens behind them, miners 2 to 4 in whom
// they found qualities of about 0.86, 0.79 and 0.66, and miner 5 that guesses.
type epochPay struct {
	in             yuma.Input
	out            yuma.Output
	pending, owner uint64
	rest           uint64
	incentive      []uint64
	dividends      []uint64
	floors         []uint64
}

var qualities = [][]float64{{0.862, 0.787, 0.662}, {0.850, 0.800, 0.670}}

func examined(t *testing.T) epochPay {
	const n = 6
	exponent := task.DefaultPolicy().Exponent
	e := epochPay{in: yuma.Input{
		N: n, Block: 720, Stake: []uint64{600 * whole, 400 * whole, 0, 0, 0, 0}, LastUpdate: []uint64{400, 400, 0, 0, 0, 0},
		RegisteredAt: make([]uint64, n), Permits: []bool{true, true, false, false, false, false},
		Weights: make([][]yuma.Entry, n), Bonds: make([][]yuma.Entry, n), OwnerUID: yuma.NoOwner,
	}}
	for v, found := range qualities {
		scores := make([]float64, len(found))
		for i, quality := range found {
			scores[i] = math.Pow(quality, exponent)
		}
		for _, w := range task.QuantizeWeights([]uint16{2, 3, 4}, scores) {
			e.in.Weights[v] = append(e.in.Weights[v], yuma.Entry{UID: w.UID, Value: w.Value})
		}
	}
	e.reckon(t)
	return e
}

// reckon is what the epoch finds and pays of its token.
func (e *epochPay) reckon(t *testing.T) {
	h, n := subnettypes.DefaultHyperparams(), e.in.N
	var w yuma.Workspace
	require.NoError(t, w.Run(yuma.Params{
		Kappa: uint16(h.Kappa), BondsPenalty: uint16(h.BondsPenalty), AlphaLow: uint16(h.AlphaLow), AlphaHigh: uint16(h.AlphaHigh),
		BondsMovingAverage: h.BondsMovingAverage, AlphaSigmoidSteepness: int16(h.AlphaSigmoidSteepness), CommitReveal: h.CommitReveal,
		BondsDecayOmitted: h.BondsDecayOmitted, ActivityCutoff: h.ActivityCutoff, Tempo: h.Tempo, MaxValidators: uint16(h.MaxValidators),
		StakeThreshold: h.StakeThreshold, LastStepBlock: 360,
	}, &e.in, &e.out))
	if e.pending == 0 {
		e.pending = curve.Emit(1200*whole, h.Tempo)
	}
	parts, err := curve.SplitBps(e.pending, emissiontypes.DefaultParams().OwnerCutBps)
	require.NoError(t, err)
	e.owner, e.rest = parts[0], parts[1]
	all := append(append([]int64(nil), e.out.ServerShare...), e.out.ValidatorShare...)
	amounts := make([]uint64, 2*n)
	require.Equal(t, e.rest, yuma.Payout(all, e.rest, amounts))
	e.incentive, e.dividends = amounts[:n], amounts[n:]
	var total uint64
	for _, s := range all {
		total += uint64(s)
	}
	for _, s := range all {
		hi, lo := bits.Mul64(uint64(s), e.rest)
		floor, _ := bits.Div64(hi, lo, total)
		e.floors = append(e.floors, floor)
	}
}

// mechanismsTable is the worked epoch in a subnet of two mechanisms, 70 % and 30 %: the first judges as the worked epoch does, in
// the second both validators found miner 5 three times as good as miner 2.
func mechanismsTable(t *testing.T) string {
	alone := examined(t)
	var parts [2]uint64
	require.NoError(t, curve.LargestRemainder([]uint64{7_000, 3_000}, alone.pending, parts[:]))
	var m [2]epochPay
	for i := range m {
		m[i] = examined(t)
		m[i].pending, m[i].floors = parts[i], nil
	}
	for v := range qualities {
		m[1].in.Weights[v] = []yuma.Entry{{UID: 2, Value: 21_845}, {UID: 5, Value: 65_535}}
	}
	m[0].reckon(t)
	m[1].reckon(t)
	g := grid{{"to", "mechanism 0, 70 %", "mechanism 1, 30 %", "together, tokens", "with mechanism 0 alone"}}
	var sum uint64
	row := func(who string, first, second, one uint64) {
		if first+second > 0 {
			g.add(who, coins(first), coins(second), coins(first+second), coins(one))
			sum += first + second
		}
	}
	row("owner", m[0].owner, m[1].owner, alone.owner)
	for uid := range alone.in.N {
		row(fmt.Sprintf("miner %d", uid), m[0].incentive[uid], m[1].incentive[uid], alone.incentive[uid])
	}
	for uid := range alone.in.N {
		row(fmt.Sprintf("validator %d", uid), m[0].dividends[uid], m[1].dividends[uid], alone.dividends[uid])
	}
	require.Equal(t, alone.pending, sum, "what is paid is what is emitted")
	g.add("all", coins(parts[0]), coins(parts[1]), coins(sum), coins(alone.pending))
	return g.String()
}

// paidTable is where the token of the worked epoch goes, to the unit.
func paidTable(t *testing.T) string {
	e := examined(t)
	g := grid{{"to", "for", "rounded down, tokens", "unit left over", "paid, tokens"}}
	g.add("owner", fmt.Sprintf("%d %%", emissiontypes.DefaultParams().OwnerCutBps/100), coins(e.owner), "", coins(e.owner))
	sum, floors := e.owner, e.owner
	row := func(who, what string, floor, paid uint64) {
		if paid == 0 {
			return
		}
		extra := ""
		if paid > floor {
			extra = fmt.Sprint(paid - floor)
		}
		g.add(who, what, coins(floor), extra, coins(paid))
		sum, floors = sum+paid, floors+floor
	}
	for uid, paid := range e.incentive {
		row(fmt.Sprintf("miner %d", uid), "incentive", e.floors[uid], paid)
	}
	for uid, paid := range e.dividends {
		row(fmt.Sprintf("validator %d", uid), "dividends", e.floors[e.in.N+uid], paid)
	}
	require.Equal(t, e.pending, sum, "what is paid is what is emitted")
	g.add("all", "", coins(floors), sum-floors, coins(sum))
	return g.String()
}

func minersTables(t *testing.T) map[string]string {
	h := subnettypes.DefaultHyperparams()
	rush := grid{{"registered", "in block", "price, AGON", "the next costs"}}
	price := h.MinRegistrationPrice
	for i := range 10 {
		block := i / int(h.MaxRegistrationsPerBlock)
		if i > 0 && i%int(h.MaxRegistrationsPerBlock) == 0 {
			price = curve.DecayedPrice(price, 1, h.RegistrationPriceHalfLife, h.MinRegistrationPrice)
		}
		next := min(curve.NextPrice(price, h.RegistrationPriceStepBps), h.MaxRegistrationPrice)
		rush.add(i+1, block+1, coins(price), coins(next))
		price = next
	}
	decay := grid{{"blocks since", "a uid costs, AGON"}}
	for _, n := range []uint64{0, 720, 3600, 7200, 14_400, 21_600, 28_800} {
		decay.add(n, coins(curve.DecayedPrice(1600_000_000, n, h.RegistrationPriceHalfLife, h.MinRegistrationPrice)))
	}

	e := examined(t)
	scores := grid{{"miner", "quality, validator 0", "score", "weight", "quality, validator 1", "score", "weight"}}
	for i := range 3 {
		cells := []any{fmt.Sprint(2 + i)}
		for v := range 2 {
			quality := qualities[v][i]
			cells = append(cells, fmt.Sprintf("%.3f", quality), fmt.Sprintf("%.4f", math.Pow(quality, task.DefaultPolicy().Exponent)), e.in.Weights[v][i].Value)
		}
		scores.add(cells...)
	}
	scores.add("5", "0.040", "0, gate", "none", "0.035", "0, gate", "none")

	market, err := pool.New(10_000*whole, 10_000*whole)
	require.NoError(t, err)
	earned := grid{{"miner", "consensus", "incentive", "earned, tokens", "sold at once, AGON"}}
	for uid := 2; uid < 6; uid++ {
		brings := "0"
		if e.incentive[uid] > 0 {
			_, trade, err := market.Sell(e.incentive[uid], uint32(staketypes.DefaultParams().FeeBps), 0)
			require.NoError(t, err)
			brings = coins(trade.Out)
		}
		share := func(v uint16) string { return fmt.Sprintf("%.2f %%", 100*float64(v)/65_535) }
		earned.add(uid, share(e.out.Consensus[uid]), share(e.out.Incentive[uid]), coins(e.incentive[uid]), brings)
	}
	return map[string]string{
		"registration-rush": rush.String(), "registration-decay": decay.String(), "collateral": collateralTable(t), "scores": scores.String(), "earned": earned.String(),
	}
}

// collateralTable registers at 1.6 AGON, with a token of 0.01 AGON, and earns as miner 4 of the worked epoch.
func collateralTable(t *testing.T) string {
	h := subnettypes.DefaultHyperparams()
	const price, token = 1_600_000_000, curve.OneQ32 / 100
	c := subnettypes.Collateral{Amount: h.CollateralOf(price), VestsBps: h.CollateralVestsBps}
	c.Target = subnettypes.CollateralTarget(c.Amount, token, c.VestsBps)
	g := grid{{"after epochs", "earned, tokens", "of", "vested, AGON", "if replaced then: you get", "burned"}}
	var earned uint64
	for n := range 6 {
		vested := c.Vested(earned)
		g.add(n, coins(earned), coins(c.Target), coins(vested), coins(vested), coins(c.Amount-vested))
		earned += examined(t).incentive[4]
	}
	require.Equal(t, c.Amount, c.Vested(earned), "the last row has all of it")
	return g.String()
}

func validatorsTables(t *testing.T) map[string]string {
	h, c := subnettypes.DefaultHyperparams(), validator.DefaultConfig()
	const start = 10_000
	tempo := int64(h.Tempo)
	due, commit := start+tempo, start+tempo-max(2, tempo/5)
	times := grid{{"height", "what happens"}}
	times.add(fmt.Sprintf("%d to %d", start+1, commit-1), "epoch 7 runs: rounds of questions, receipts are kept")
	times.add(commit, "from here on the daemon sends the promise, once")
	times.add(fmt.Sprintf("the promise's block + 1, say %d", commit+1), "the hash of this block is the promise's seed: it draws which receipts the reveal must show")
	times.add(due, "last block that takes a promise of epoch 7")
	times.add(due+1, "epoch 7 is reckoned, on rows revealed before; epoch 8 begins: first block that takes the reveal, and the next promise")
	times.add(due+tempo, "last block that takes the reveal")
	times.add(due+tempo+1, "epoch 8 is reckoned: the row counts; a promise that was not kept expires")

	e := examined(t)
	dividends := grid{{"validator", "stake behind it", "dividends", "take", "kept by its owner", "to who backs it", "100 tokens behind it become"}}
	for v, bps := range []uint64{uint64(staketypes.DefaultParams().DefaultTakeBps), 900} {
		kept := e.dividends[v] * bps / 10_000
		backing, _, err := shares.Pool{}.Deposit(e.in.Stake[v] - 100*whole)
		require.NoError(t, err)
		backing, mine, err := backing.Deposit(100 * whole)
		require.NoError(t, err)
		backing, err = backing.Raise(e.dividends[v] - kept)
		require.NoError(t, err)
		value, err := backing.Value(mine)
		require.NoError(t, err)
		dividends.add(v, coins(e.in.Stake[v]), coins(e.dividends[v]), fmt.Sprintf("%d %%", bps/100), coins(kept), coins(e.dividends[v]-kept), coins(value))
	}

	asked := c.Rounds * c.PerMiner
	costs := grid{{"miners", "questions an epoch, at most", "receipts needed", "receipts shown"}}
	for _, miners := range []int{3, 24, 64, 192} {
		inRound := min(miners, c.Sample)
		costs.add(miners, c.Rounds*inRound*c.PerMiner, miners*int(h.ExamReceipts), min(int(h.ExamOpenings), miners*int(h.ExamReceipts)))
	}

	hidden := grid{{"weight without receipts", "8 openings", "16 openings", "32 openings"}}
	for _, f := range []float64{0.05, 0.10, 0.25, 0.50} {
		pass := func(s float64) string {
			percent := 100 * math.Pow(1-f, s)
			if percent < 0.01 {
				return "below 0.01 %"
			}
			return fmt.Sprintf("%.2f %%", percent)
		}
		hidden.add(fmt.Sprintf("%.0f %%", 100*f), pass(8), pass(16), pass(32))
	}

	precise := grid{{"questions to each", "epochs that takes", "`lingua-high`", "`whatlang`", "`lingua-low-all`", "in the right order, of 100"}}
	for _, m := range regexp.MustCompile(`(?m)^\| (240|480|1280) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| [^|]+ \| (\d+) \|$`).FindAllStringSubmatch(readText(t, "../../../task/README.md"), -1) {
		var n int
		_, err := fmt.Sscan(m[1], &n)
		require.NoError(t, err)
		precise.add(n, (n+asked-1)/asked, m[2], m[3], m[4], m[5])
	}
	require.Len(t, precise, 4)
	return map[string]string{
		"timeline": times.String(), "dividends": dividends.String(), "questions": costs.String(), "hidden": hidden.String(),
		"precision": precise.String(), "copying": copyingTable(t),
	}
}

// copyingTable quotes what docs/consensus.md shows of cabals with 5, 20 and 45 % of the stake.
func copyingTable(t *testing.T) string {
	const command = "agond epoch attack --measure relative --stake 5,20,45"
	text := readText(t, "../../../docs/consensus.md")
	m := regexp.MustCompile("(?s)<!-- output of: " + command + " -->\n(.*?)<!-- end -->").FindStringSubmatch(text)
	require.NotNil(t, m)
	g := grid{{"bonds", "behaviour", "5 % of the stake", "20 %", "45 %"}}
	for _, part := range regexp.MustCompile(`(?m)^\*\*(\w[\w-]*):`).FindAllStringSubmatchIndex(m[1], -1) {
		name, body := m[1][part[2]:part[3]], m[1][part[1]:]
		for _, behaviour := range []string{"honest", "copy", "copy-without-asking", "copy-padded", "copy-part", "lazy"} {
			row := regexp.MustCompile(`(?m)^\| ` + behaviour + ` \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$`).FindStringSubmatch(body)
			require.NotNil(t, row, behaviour)
			g.add(name, behaviour, row[1], row[2], row[3])
		}
	}
	require.Len(t, g, 1+3*6)
	return g.String()
}

func readText(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(raw)
}
