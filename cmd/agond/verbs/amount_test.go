package verbs

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAmount(t *testing.T) {
	for text, want := range map[string]amount{
		"10agon":                     {10_000_000_000, unitAgon},
		"10AGON":                     {10_000_000_000, unitAgon},
		"0.5agon":                    {500_000_000, unitAgon},
		"0.5 agon":                   {500_000_000, unitAgon},
		"0.000000001agon":            {1, unitAgon},
		"2500nagon":                  {2500, unitAgon},
		"3.2alpha":                   {3_200_000_000, unitAlpha},
		"007alpha":                   {7_000_000_000, unitAlpha},
		"18446744073.709551615agon":  {math.MaxUint64, unitAgon},
		"18446744073709551615nagon":  {math.MaxUint64, unitAgon},
		"9007199254.740993001alpha":  {9_007_199_254_740_993_001, unitAlpha},
		"0000000000000000000001agon": {1_000_000_000, unitAgon},
	} {
		got, err := parseAmount(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestAmountsThatAreNone(t *testing.T) {
	for text, says := range map[string]string{
		"":                          "starts with no number",
		"agon":                      "starts with no number",
		"-1agon":                    "starts with no number",
		"+1agon":                    "starts with no number",
		"10":                        "has no unit",
		"10tao":                     `"tao" is no unit`,
		"1e9nagon":                  "is no unit",
		"1,5agon":                   "is no unit",
		"5alpha/3":                  "write 5alpha with --subnet 3",
		".5agon":                    "before and behind one point",
		"5.agon":                    "before and behind one point",
		"1.2.3agon":                 "before and behind one point",
		"0.0000000001agon":          "at most 9 digits",
		"1.5nagon":                  "cannot be divided",
		"0agon":                     "is nothing",
		"0.000alpha":                "is nothing",
		"18446744073.709551616agon": "more than there can be",
		"18446744073709551616nagon": "more than there can be",
	} {
		_, err := parseAmount(text)
		require.ErrorIs(t, err, errAmount, text)
		require.ErrorContains(t, err, says, text)
		require.True(t, strings.Contains(err.Error(), "10agon") || strings.Contains(err.Error(), "5alpha"), "%s: an example: %s", text, err)
	}
	_, err := parseUnit("min-alpha", "9agon", unitAlpha)
	require.ErrorIs(t, err, errAmount)
	require.ErrorContains(t, err, "--min-alpha")
	require.ErrorContains(t, err, "9.9alpha")
}

// FuzzParseAmount: whatever is read prints back as something that reads the same, and nothing panics.
func FuzzParseAmount(f *testing.F) {
	for _, seed := range []string{"10agon", "0.5AGON", "2500nagon", "3.2alpha", "", ".", "1.", "18446744073.709551615agon", "5alpha/1", "1e5agon"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAmount(text)
		if err != nil {
			require.ErrorIs(t, err, errAmount)
			return
		}
		require.NotZero(t, a.Base)
		again, err := parseAmount(a.String())
		require.NoError(t, err, a.String())
		require.Equal(t, a, again)
	})
}

func TestParsePercent(t *testing.T) {
	for text, want := range map[string]uint64{"1%": 100, "0.25%": 25, "0%": 0, "100%": 10_000, "100.00%": 10_000, "12.5%": 1250} {
		got, err := parsePercent(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, says := range map[string]string{
		"1": "ends with no %", "%": "before and behind", "1.255%": "at most 2 digits", "100.01%": "more than all", "-1%": "more than there can be",
	} {
		_, err := parsePercent(text)
		require.ErrorIs(t, err, errAmount, text)
		require.ErrorContains(t, err, says, text)
	}
}

func TestParseShare(t *testing.T) {
	for text, want := range map[string]share{
		"all": {points: bps}, "ALL": {points: bps}, "50%": {points: 5000}, "100%": {points: bps}, "5alpha": {alpha: 5_000_000_000},
	} {
		got, err := parseShare(text, unitAlpha)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]error{"0%": errPart, "5agon": errPart, "half": errAmount, "101%": errAmount} {
		_, err := parseShare(text, unitAlpha)
		require.ErrorIs(t, err, want, text)
	}
	root, err := parseShare("5agon", unitAgon)
	require.NoError(t, err)
	require.Equal(t, share{alpha: 5 * whole}, root, "root stake counts AGON")
	_, err = parseShare("5alpha", unitAgon)
	require.ErrorContains(t, err, "at the root is AGON: write 5agon")
}

func TestShareOfAPosition(t *testing.T) {
	for _, tc := range []struct {
		name       string
		share      share
		position   uint64
		ask, alpha uint64
		refused    bool
	}{
		{name: "all-asks-for-zero-which-takes-the-dust-too", share: share{points: bps}, position: 7, ask: 0, alpha: 7},
		{name: "half-is-cut", share: share{points: 5000}, position: 7, ask: 3, alpha: 3},
		{name: "half-of-the-most", share: share{points: 5000}, position: math.MaxUint64, ask: math.MaxUint64 / 2, alpha: math.MaxUint64 / 2},
		{name: "an-amount", share: share{alpha: 5}, position: 7, ask: 5, alpha: 5},
		{name: "an-amount-that-is-all", share: share{alpha: 7}, position: 7, ask: 7, alpha: 7},
		{name: "more-than-there-is", share: share{alpha: 8}, position: 7, refused: true},
		{name: "a-part-that-is-nothing-is-not-all", share: share{points: 1}, position: 7, refused: true},
		{name: "of-nothing", share: share{points: bps}, position: 0, refused: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ask, alpha, err := tc.share.of(tc.position)
			if tc.refused {
				require.ErrorIs(t, err, errPart)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.ask, ask)
			require.Equal(t, tc.alpha, alpha)
		})
	}
}

func TestLimit(t *testing.T) {
	require.EqualValues(t, 4_925_373, limit(4_975_125, 100))
	require.EqualValues(t, 4_975_125, limit(4_975_125, 0), "no slippage at all")
	require.EqualValues(t, 1, limit(1, 9999), "some limit stays a limit: the chain takes 0 for none")
	require.Zero(t, limit(4_975_125, 10_000), "everything may be lost: no limit")
	require.EqualValues(t, uint64(18_262_276_632_972_456_098), limit(math.MaxUint64, 100), "no overflow on the way")
}

func TestSumsSaturate(t *testing.T) {
	require.EqualValues(t, uint64(math.MaxUint64), add(math.MaxUint64, 1))
}

func TestTotals(t *testing.T) {
	h := holdings{
		Liquid: 5, Staked: 57,
		Positions: []stake{{Netuid: 1, Value: 10}, {Netuid: 2, Value: 30}, {Netuid: 3, Value: 20}},
		Tokens:    []token{{Netuid: 1, Value: 1}, {Netuid: 2, Value: 2}},
	}
	h.settle()
	require.EqualValues(t, 65, h.Total, "liquid, staked together, tokens")
	require.EqualValues(t, []uint32{2, 3, 1}, []uint32{h.Positions[0].Netuid, h.Positions[1].Netuid, h.Positions[2].Netuid})
	require.EqualValues(t, 2, h.Tokens[0].Netuid)
}
