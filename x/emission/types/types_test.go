package types_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
)

// Codes are part of consensus: clients and proofs know them.
func TestErrorCodes(t *testing.T) {
	for i, err := range []*errorsmod.Error{types.ErrInvalidParams, types.ErrUnknownSubnet, types.ErrBroken, types.ErrInvalidGenesis} {
		require.EqualValues(t, 2+i, err.ABCICode(), err.Error())
		require.Equal(t, "emission", err.Codespace())
	}
}

func TestKeyPrefixes(t *testing.T) {
	for i, prefix := range [][]byte{types.ParamsPrefix, types.LedgerPrefix, types.SubnetsPrefix} {
		require.Equal(t, []byte{byte(i)}, prefix)
	}
}

func TestGenesisRefusals(t *testing.T) {
	require.NoError(t, types.DefaultGenesis().Validate())
	for name, change := range map[string]func(*types.GenesisState){
		"netuid-of-zero":          func(gs *types.GenesisState) { gs.Subnets[0].Netuid = 0 },
		"unsorted":                func(gs *types.GenesisState) { gs.Subnets[1].Netuid = 1 },
		"weight-too-large":        func(gs *types.GenesisState) { gs.Subnets[0].Weight = types.MaxWeight + 1 },
		"average-too-large":       func(gs *types.GenesisState) { gs.Subnets[0].PriceAverage = wide.U128{Hi: 1 << 17} },
		"weights-do-not-sum":      func(gs *types.GenesisState) { gs.Ledger.TotalWeight-- },
		"owner-cut-too-large":     func(gs *types.GenesisState) { gs.Subnets[0].OwnerCutBps = types.MaxOwnerCutBps + 1 },
		"index-ahead":             func(gs *types.GenesisState) { gs.Subnets[0].Index = wide.From64(11) },
		"height-below-zero":       func(gs *types.GenesisState) { gs.Subnets[0].PaidBlock = -1 },
		"more-spent-than-minted":  func(gs *types.GenesisState) { gs.Ledger.Community++ },
		"spent-overflows-a-word":  func(gs *types.GenesisState) { gs.Ledger.Community = ^uint64(0) },
		"params-out-of-bounds":    func(gs *types.GenesisState) { gs.Params.SecurityBps = types.MaxSecurityBps + 1 },
		"half-life-out-of-bounds": func(gs *types.GenesisState) { gs.Params.PriceHalfLife = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			gs := types.GenesisState{
				Params: types.DefaultParams(),
				// More than the cap was minted in all, since burned coins are emitted again.
				Ledger:  types.Ledger{Index: wide.From64(10), TotalWeight: 7, Minted: 2 * curve.Cap, Security: curve.Cap, Community: curve.Cap - 5, Subnets: 5},
				Subnets: []types.SubnetEmission{{Netuid: 1, Weight: 3, Index: wide.From64(10)}, {Netuid: 4, Weight: 4}},
			}
			require.NoError(t, gs.Validate())
			change(&gs)
			err := gs.Validate()
			require.Error(t, err)
			if strings.HasSuffix(name, "out-of-bounds") {
				require.ErrorIs(t, err, types.ErrInvalidParams)
			} else {
				require.ErrorIs(t, err, types.ErrInvalidGenesis)
			}
		})
	}
}

// The README's table of parameters says what the code does: defaults, and bounds that hold on both ends.
func TestReadmeParameters(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	d := types.DefaultParams()
	fields := map[string]struct {
		value uint64
		set   func(*types.Params, uint64)
	}{
		"security_bps":    {uint64(d.SecurityBps), func(p *types.Params, v uint64) { p.SecurityBps = uint32(v) }},
		"community_bps":   {uint64(d.CommunityBps), func(p *types.Params, v uint64) { p.CommunityBps = uint32(v) }},
		"owner_cut_bps":   {uint64(d.OwnerCutBps), func(p *types.Params, v uint64) { p.OwnerCutBps = uint32(v) }},
		"price_half_life": {d.PriceHalfLife, func(p *types.Params, v uint64) { p.PriceHalfLife = v }},
	}
	found := 0
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), "|")
		f, ok := fields[strings.Trim(cells[0], " `")]
		if !ok || len(cells) != 5 {
			continue
		}
		found++
		require.Equal(t, strconv.FormatUint(f.value, 10), strings.TrimSpace(cells[2]), line)
		least, most, _ := strings.Cut(strings.TrimSpace(cells[3]), " to ")
		try := func(v uint64) error {
			p := d
			f.set(&p, v)
			return p.Validate()
		}
		low, err := strconv.ParseUint(least, 10, 64)
		require.NoError(t, err, line)
		high, err := strconv.ParseUint(most, 10, 64)
		require.NoError(t, err, line)
		require.NoError(t, try(low), line)
		require.NoError(t, try(high), line)
		require.ErrorIs(t, try(high+1), types.ErrInvalidParams, line)
		if low > 0 {
			require.ErrorIs(t, try(low-1), types.ErrInvalidParams, line)
		}
	}
	require.Equal(t, len(fields), found)
}
