package types_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

func TestAlphaDenom(t *testing.T) {
	for _, netuid := range []uint32{1, 9, 10, 65_535} {
		denom := types.AlphaDenom(netuid)
		require.NoError(t, sdk.ValidateDenom(denom))
		got, err := types.ParseAlphaDenom(denom)
		require.NoError(t, err)
		require.Equal(t, netuid, got)
	}
	require.Equal(t, "alpha/3", types.AlphaDenom(3))
	for _, denom := range []string{"", "alpha", "alpha/", "alpha/0", "alpha/01", "alpha/+1", "alpha/65536", "alpha/1/1", "Alpha/1", "nagon", "1", "ibc/alpha/1"} {
		_, err := types.ParseAlphaDenom(denom)
		require.ErrorIs(t, err, types.ErrInvalidDenom, denom)
	}
}

func FuzzParseAlphaDenom(f *testing.F) {
	for _, s := range []string{"alpha/1", "alpha/65535", "alpha/007", "alpha/-1", "nagon"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if netuid, err := types.ParseAlphaDenom(s); err == nil {
			require.Equal(t, s, types.AlphaDenom(netuid))
		}
	})
}

func TestPrices(t *testing.T) {
	for text, want := range map[string]uint64{
		"1": 1_000_000_000, "1.05": 1_050_000_000, "0.000000001": 1, "18446744073.709551615": 1<<64 - 1, "007.5": 7_500_000_000,
	} {
		got, err := types.ParsePrice(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
		again, err := types.ParsePrice(types.FormatPrice(got))
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
	require.Equal(t, "1.050000000", types.FormatPrice(1_050_000_000))
	for _, text := range []string{"", ".", ".5", "1.", "-1", "+1", "1e9", "0", "0.0", "1.0000000001", "18446744073.709551616", "1,5", "1.5 ", "99999999999999999999999999", "1_0"} {
		_, err := types.ParsePrice(text)
		require.ErrorIs(t, err, types.ErrInvalidPrice, text)
	}
}

func FuzzParsePrice(f *testing.F) {
	for _, s := range []string{"1.05", "0.000000001", "18446744073.709551615", "1..5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := types.ParsePrice(s); err == nil {
			again, err := types.ParsePrice(types.FormatPrice(v))
			require.NoError(t, err)
			require.Equal(t, v, again)
		}
	})
}

// Codes are part of consensus.
func TestErrorCodes(t *testing.T) {
	for code, err := range map[uint32]*errorsmod.Error{
		2: types.ErrPoolNotFound, 3: types.ErrPoolExists, 4: types.ErrInvalidAmount, 5: types.ErrInvalidDenom, 6: types.ErrBelowMinimum,
		7: types.ErrSlippage, 8: types.ErrLiquidity, 9: types.ErrNoPosition, 10: types.ErrInsufficientStake, 11: types.ErrNotHotkeyOwner,
		12: types.ErrTake, 13: types.ErrTakeInterval, 14: types.ErrOverflow, 15: types.ErrColumn, 16: types.ErrInvalidParams,
		17: types.ErrInvalidGenesis, 18: types.ErrInvalidPrice, 19: types.ErrSamePlace, 20: types.ErrRecipient,
		21: types.ErrNotDissolved, 22: types.ErrNothingToRedeem, 29: types.ErrNoAutoStake,
		33: types.ErrNoSeat, 34: types.ErrChildren, 35: types.ErrChildIsParent, 36: types.ErrTooManyFamilies, 37: types.ErrRootTrade,
	} {
		require.Equal(t, code, err.ABCICode(), err)
		require.Equal(t, types.ModuleName, err.Codespace())
	}
}

func TestParamsHaveBounds(t *testing.T) {
	require.NoError(t, types.DefaultParams().Validate())
	for name, c := range map[string]struct {
		change func(p *types.Params)
		says   string
	}{
		"fee":                {func(p *types.Params) { p.FeeBps = 1_001 }, "fee_bps is 1001, want 0 to 1000"},
		"max-take":           {func(p *types.Params) { p.MaxTakeBps = 5_001 }, "max_take_bps is 5001, want 0 to 5000"},
		"default-take":       {func(p *types.Params) { p.DefaultTakeBps = 1_801 }, "default_take_bps is 1801, want 0 to 1800"},
		"no-interval":        {func(p *types.Params) { p.TakeRaiseInterval = 0 }, "take_raise_interval is 0, want 1"},
		"long-interval":      {func(p *types.Params) { p.TakeRaiseInterval = 31_536_001 }, "take_raise_interval is 31536001"},
		"no-raise":           {func(p *types.Params) { p.MaxTakeRaiseBps = 0 }, "max_take_raise_bps is 0, want 1 to 5000"},
		"min-stake-of-dust":  {func(p *types.Params) { p.MinStake = 999 }, "min_stake is 999, want 1000"},
		"no-seats":           {func(p *types.Params) { p.RootSeats = 0 }, "root_seats is 0, want 1 to 256"},
		"many-seats":         {func(p *types.Params) { p.RootSeats = 257 }, "root_seats is 257"},
		"root-weight":        {func(p *types.Params) { p.RootWeightBps = 10_001 }, "root_weight_bps is 10001, want 0 to 10000"},
		"root-sale":          {func(p *types.Params) { p.RootSaleBps = 1_001 }, "root_sale_bps is 1001, want 0 to 1000"},
		"no-delay":           {func(p *types.Params) { p.ChildrenDelay = 0 }, "children_delay is 0, want 1"},
		"min-stake-too-high": {func(p *types.Params) { p.MinStake = 1_000_000_000_001 }, "min_stake is 1000000000001"},
	} {
		t.Run(name, func(t *testing.T) {
			p := types.DefaultParams()
			c.change(&p)
			err := p.Validate()
			require.ErrorIs(t, err, types.ErrInvalidParams)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestDefaultGenesisIsValid(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
}
