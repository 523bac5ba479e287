package verbs

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/chain"
	"github.com/agon-chain/agon/internal/wide"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

func offline() *session {
	return &session{ctx: client.Context{}.WithCodec(codec.NewProtoCodec(codectypes.NewInterfaceRegistry()))}
}

func TestChangeOfRules(t *testing.T) {
	s, now := offline(), subnettypes.DefaultHyperparams()
	next, err := s.change(now, []string{"tempo=120", "min_registration_price=0.5agon", "kappa=50%", "bonds_moving_average=97.5%", "yuma3=true", "stake_threshold=2alpha"})
	require.NoError(t, err)
	want := now
	want.Tempo, want.MinRegistrationPrice, want.Kappa, want.BondsMovingAverage, want.Yuma3, want.StakeThreshold = 120, 500_000_000, 32_767, 975_000, true, 2*whole
	require.Equal(t, want, next)

	changes, err := s.alterations(now, next, subnettypes.DefaultParams())
	require.NoError(t, err)
	var text []string
	for _, c := range changes {
		text = append(text, c.Name+": "+c.text())
	}
	require.Equal(t, []string{
		"tempo: 360 blocks -> 120 blocks; 5 to 50400",
		"min_registration_price: 0.1 AGON (100000000) -> 0.5 AGON (500000000); 1000 to 100000000000 (max_registration_price)",
		"stake_threshold: 1 token (1000000000) -> 2 tokens (2000000000); 0 to 21000000000000000",
		"bonds_moving_average: 95.00 % kept each epoch (950000) -> 97.50 % kept each epoch (975000); 0 to 999999",
		"yuma3: false -> true",
	}, text, "kappa was 50 %% already")

	for setting, want := range map[string]string{
		"mechanism_split=70%,30%":         "mechanism_split: one mechanism (10000) -> 2 mechanisms: 70.00 % + 30.00 % (7000,3000)",
		"mechanism_split=5000, 2500,2500": "mechanism_split: one mechanism (10000) -> 3 mechanisms: 50.00 % + 25.00 % + 25.00 % (5000,2500,2500)",
		"mechanism_split=[99.99%,1]":      "mechanism_split: one mechanism (10000) -> 2 mechanisms: 99.99 % + 0.01 % (9999,1)",
	} {
		next, err := s.change(now, []string{setting})
		require.NoError(t, err)
		changes, err := s.alterations(now, next, subnettypes.DefaultParams())
		require.NoError(t, err)
		require.Len(t, changes, 1)
		require.Equal(t, want, changes[0].Name+": "+changes[0].text())
	}
	for setting, says := range map[string]string{
		"mechanism_split=": "no number", "mechanism_split=half": "no number", "mechanism_split=70%,x%": "write percentages", "mechanism_split=101%": "write percentages",
		"mechanism_split=-1": "no number", "tmpo=1": "weights_version", "tempo": "NAME=VALUE", "tempo=5agon": "not counted in that", "tempo=50%": "takes no percentage",
		"stake_threshold=1agon": "not counted in that", "tempo=soon": "no number", "kappa=x%": "write a percentage",
	} {
		_, err := s.change(now, []string{setting})
		require.ErrorContains(t, err, says, setting)
	}
}

// Every rule that people can give in units is one of the chain's.
func TestUnitsAreOfRulesThatExist(t *testing.T) {
	all, err := offline().rules(subnettypes.DefaultHyperparams())
	require.NoError(t, err)
	names := map[string]bool{}
	for _, r := range all {
		names[r.name] = true
	}
	for name := range amountRules {
		require.True(t, names[name], name)
	}
	for name := range partRules {
		require.True(t, names[name], name)
	}
	for _, r := range subnettypes.DefaultHyperparams().Ranges(subnettypes.DefaultParams()) {
		require.True(t, names[r.Name], r.Name)
	}
}

func TestWhatPeopleSee(t *testing.T) {
	was := seen{name: "Oak", url: "https://oak.example"}
	for name, c := range map[string]struct {
		args []string
		want seen
		says string
	}{
		"one-field":    {[]string{"--contact", "me"}, seen{"Oak", "", "https://oak.example", "me"}, ""},
		"taken-away":   {[]string{"--url", ""}, seen{name: "Oak"}, ""},
		"nothing":      {nil, seen{}, "say what to publish"},
		"without-name": {[]string{"--name", ""}, seen{}, "a name is needed"},
		"the-same":     {[]string{"--name", "Oak"}, seen{}, errSame.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := &cobra.Command{}
			identityFlags(cmd)
			require.NoError(t, cmd.ParseFlags(c.args))
			next, _, err := was.update(cmd)
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, next)
		})
	}
}

func TestDataOfCommitments(t *testing.T) {
	for text, want := range map[string]string{"hello": "hello", "0x00ff": "\x00\xff", "0xAB": "\xab"} {
		got, err := parseData(text)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	for text, says := range map[string]string{
		"": "0 bytes", "0x": "0 bytes", "0xabc": "two of 0-9", "@/nowhere": "no such file", strings.Repeat("a", 257): "257 bytes",
	} {
		_, err := parseData(text)
		require.ErrorContains(t, err, says)
	}
	require.Equal(t, "hello", readable([]byte("hello")))
	require.Equal(t, "0x00ff", readable([]byte{0, 255}))
	require.Equal(t, "0x3078", readable([]byte("0x")), "what is shown is what would be typed")
}

func twoPools() books {
	return books{pools: map[uint32]staketypes.Pool{
		1: {Netuid: 1, Agon: 100 * whole, Alpha: 100 * whole, FeeBps: 5},
		2: {Netuid: 2, Agon: 50 * whole, Alpha: 100 * whole, FeeBps: 5},
	}, pots: map[uint32]*remains{3: {agon: 10 * whole, supply: 40 * whole}}}
}

func TestRemovalsShareAPool(t *testing.T) {
	owner := sdk.AccAddress(make([]byte, 20))
	position := func(netuid uint32, hotkey string, alpha uint64) staketypes.PositionInfo {
		return staketypes.PositionInfo{Position: staketypes.Position{Netuid: netuid, Hotkey: hotkey}, Alpha: alpha}
	}
	all := []staketypes.PositionInfo{position(1, "a", 10*whole), position(1, "b", 10*whole), position(2, "a", whole), position(2, "dust", 1)}
	out, left, err := twoPools().removals(owner, all, share{points: bps}, 100, false)
	require.NoError(t, err)
	require.Len(t, out, 3)
	require.Equal(t, 1, left, "what cannot be sold stays, and is said")
	require.Less(t, out[1].Quoted, out[0].Quoted, "the second sale finds the price that the first left")
	for _, r := range out {
		msg, ok := r.msg.(*staketypes.MsgRemoveStake)
		require.True(t, ok)
		require.Equal(t, limit(r.Quoted, 100), msg.MinAgon, "each has its own limit")
		require.Zero(t, msg.Alpha, "all, dust included")
	}

	out, left, err = twoPools().removals(owner, all, share{points: 5000}, 100, true)
	require.NoError(t, err)
	require.Equal(t, 1, left, "half of a unit is nothing")
	require.Zero(t, out[0].Least, "where nothing is sold there is no limit")
	require.EqualValues(t, 5*whole, out[0].Given)

	var many []staketypes.PositionInfo
	for range together + 3 {
		many = append(many, position(1, "a", whole))
	}
	out, left, err = twoPools().removals(owner, many, share{points: bps}, 100, false)
	require.NoError(t, err)
	require.Len(t, out, together)
	require.Equal(t, 3, left)
	_, _, err = twoPools().removals(owner, nil, share{points: bps}, 100, false)
	require.ErrorIs(t, err, errPart)
}

// Root stake comes back as it is, and a dissolved subnet pays what it left, whoever of its token comes first.
func TestRemovalsWithoutATrade(t *testing.T) {
	position := func(netuid uint32, alpha uint64) staketypes.PositionInfo {
		return staketypes.PositionInfo{Position: staketypes.Position{Netuid: netuid, Hotkey: "a"}, Alpha: alpha}
	}
	b := twoPools()
	out, left, err := b.removals(make([]byte, 20), []staketypes.PositionInfo{position(0, 7*whole), position(3, 10*whole), position(3, 30*whole)}, share{points: bps}, 100, false)
	require.NoError(t, err)
	require.Zero(t, left)
	for i, want := range []uint64{7 * whole, 10 * whole / 4, 30 * whole / 4} {
		require.Equal(t, want, out[i].Quoted)
	}
	require.Equal(t, remains{}, *b.pots[3], "the last token takes the rest")
	require.Equal(t, uint64(3), (&remains{10, 3}).redeem(1), "rounded down")
	require.Equal(t, []uint32{3}, paidOut([]staketypes.PositionInfo{position(3, 1), position(1, 1), position(3, 2)}, map[uint32]bool{3: true, 4: true}))
}

func TestSplitGivesEveryUnit(t *testing.T) {
	require.Equal(t, []uint64{4, 3, 3}, split(10, 3))
	require.Equal(t, []uint64{1, 1, 0}, split(2, 3))
	require.Equal(t, []uint64{math.MaxUint64}, split(math.MaxUint64, 1))
	b := twoPools()
	first, err := b.buy(1, whole)
	require.NoError(t, err)
	second, err := b.buy(1, whole)
	require.NoError(t, err)
	require.Less(t, second, first)
}

func TestOneOrSeveralValidators(t *testing.T) {
	for args, says := range map[string]string{
		"--validators 7,9":                    "",
		"--validator 7":                       "",
		"--validators 7,9 --validator 3":      "for one validator",
		"--validators 7,9 --min-alpha 1alpha": "for one validator",
		"--validators= --subnet 3":            "names nobody",
	} {
		cmd := stakeAddCommand()
		require.NoError(t, cmd.ParseFlags(strings.Fields(args)))
		_, err := severalNamed(cmd)
		if says == "" {
			require.NoError(t, err, args)
			continue
		}
		require.ErrorContains(t, err, says, args)
	}
}

func TestDays(t *testing.T) {
	require.EqualValues(t, 43_200, perDay(5000, 10_000*time.Second), "two seconds a block")
	require.EqualValues(t, 1, perDay(0, time.Second))
	require.EqualValues(t, 1, perDay(1, 48*time.Hour))
	p := pace{height: 100_000, perDay: 1000}
	require.EqualValues(t, 5, p.gainPerDay(500, 0))
	require.EqualValues(t, -5, p.gainPerDay(-599, 0), "cut towards zero")
	require.EqualValues(t, 500, p.gainPerDay(500, 99_990), "ten blocks say nothing of a day")
	require.EqualValues(t, 500, p.gainPerDay(500, 200_000))
	require.EqualValues(t, math.MaxInt64/100, p.gainPerDay(math.MaxInt64, 0), "no overflow on the way")

	n := chain.Neuron{Stake: 1000 * whole, Emission: 10 * whole, Dividends: 65_535}
	// 10 tokens an epoch less 18 % on 1000 tokens are 82 basis points; ten epochs a day.
	require.EqualValues(t, 82_000, p.yieldPerDay(n, 1800, 100))
	n.Incentive = 65_535
	require.EqualValues(t, 41_000, p.yieldPerDay(n, 1800, 100), "what it earned by serving is not its backers'")
	for name, n := range map[string]chain.Neuron{"no-stake": {Emission: 5, Dividends: 1}, "no-dividends": {Stake: 5, Emission: 5, Incentive: 9}} {
		require.Zero(t, p.yieldPerDay(n, 0, 100), name)
	}
	require.Zero(t, p.yieldPerDay(n, bps, 100))
}

func TestOrders(t *testing.T) {
	a := stake{Netuid: 1, Value: 5, Gain: -1, GainPerDay: 1, YieldPerDay: 9}
	b := stake{Netuid: 2, Value: 6, Gain: 3, GainPerDay: 2, YieldPerDay: 8}
	for order, first := range map[string]stake{"value": b, "gain": b, "day": b, "yield": a, "subnet": a} {
		second := a
		if first.Netuid == 1 {
			second = b
		}
		require.Negative(t, orders[order](first, second), order)
	}
}

func TestPriceHistory(t *testing.T) {
	require.Equal(t, []int64{60, 80, 100}, heights(100, 40, 2))
	require.Equal(t, []int64{1, 2, 3}, heights(3, 1000, 24), "no height twice, none below 1")
	require.Equal(t, []int64{1}, heights(1, 10, 3))

	p := staketypes.Pool{Netuid: 1, Agon: 100, Alpha: 50, PriceCumulative: wide.U128{Hi: 1, Lo: 7}, PriceBlock: 10}
	want := new(big.Int).Lsh(big.NewInt(1), 64)
	want.Add(want, big.NewInt(7+(5*2<<32)))
	require.Equal(t, want, readPool(p, 15).sum, "what the chain would count at 15")
	m := means([]reading{{10, big.NewInt(0)}, {20, big.NewInt(20 << 32)}, {30, big.NewInt(35 << 32)}})
	require.Equal(t, []mean{{10, 20, "2", 2 * whole}, {20, 30, "1.5", 3 * whole / 2}}, m)
	require.Equal(t, "-25.00 %", drift(2*whole, 3*whole/2))
	require.Equal(t, "+33.33 %", drift(3, 4))
	require.Equal(t, "-", drift(0, 4))

	h := history{Netuid: 1, Symbol: "LANG", Asked: 5, KeptFrom: 10, Pruned: true, Means: m}
	require.Contains(t, h.text(), "█▁")
	require.Contains(t, h.text(), "keeps no state of the blocks before 10")
	h.Pruned = false
	require.Contains(t, h.text(), "younger than block 10")
	require.True(t, dropped(errors.New("failed to load state at height 3; version does not exist")))
	require.False(t, dropped(errors.New("connection refused")))
}

func TestWaitingForAPrice(t *testing.T) {
	h := subnettypes.DefaultHyperparams()
	require.EqualValues(t, h.RegistrationPriceHalfLife, fallsIn(4*whole, 2*whole, h))
	require.EqualValues(t, 2*h.RegistrationPriceHalfLife, fallsIn(4*whole, whole, h))
	require.Zero(t, fallsIn(whole, whole, h))
	require.True(t, overtaken(subnettypes.ErrPriceAboveLimit.Wrap("x")))
	require.True(t, overtaken(errors.New("rpc error: desc = price is 5: "+subnettypes.ErrPriceAboveLimit.Error())))
	require.False(t, overtaken(errRefused))
	require.False(t, overtaken(nil))
}
