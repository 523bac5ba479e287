package types

import (
	"fmt"
	"strconv"
	"strings"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

const (
	// ModuleName is the name of the module.
	ModuleName = "stake"
	// StoreKey is the name of the module's store.
	StoreKey = ModuleName

	// PoolsAccount holds the reserves of all pools; it mints and burns the subnets' tokens.
	PoolsAccount = "stake_pools"
	// PositionsAccount holds all that is staked, and what epochs have credited that has not yet reached positions.
	PositionsAccount = "stake_positions"

	// AgonDenom is the denomination that the pools trade against.
	AgonDenom = "nagon"
	// AlphaPrefix starts the denomination of every subnet's token.
	AlphaPrefix = "alpha/"
	// AlphaExponent is the number of decimals between a token's base unit and the unit that people read.
	AlphaExponent = 9

	// RootNetuid is where AGON itself is staked, without a market. No subnet has it.
	RootNetuid uint32 = 0
	// MaxChildren is the most children that a hotkey has in a subnet.
	MaxChildren = 5
	// MaxFamilies is the most hotkeys that have children in a subnet.
	MaxFamilies = 256

	// MaxNetuid bounds netuids; uids have the same bound.
	MaxNetuid = 1<<16 - 1
	// MaxAlpha bounds the supply of a token, in base units, so that every sum of parts of it fits 64 bits.
	MaxAlpha uint64 = 1<<63 - 1
	// MaxCost bounds what a position can have cost, in nagon, so that it and what it gained fit 63 bits.
	MaxCost uint64 = 1<<63 - 1
	// MaxBps is the whole, in basis points.
	MaxBps = 10_000
	// DustAlpha is the least alpha, in base units, that a partial withdrawal leaves behind; less is paid out with it.
	DustAlpha uint64 = 1_000
	// MaxPageLimit is the most entries that a page of a query holds.
	MaxPageLimit = 100
	// MaxPortfolioPositions is the most positions of one subnet that a portfolio adds up.
	MaxPortfolioPositions = 1_000
	// MaxGathered is the most positions of an owner in a subnet that are looked at for mined rewards that go elsewhere.
	MaxGathered = 256
)

// Prefixes of the store. A number is never used again for something else.
var (
	ParamsPrefix        = collections.NewPrefix(0)
	PoolsPrefix         = collections.NewPrefix(1)
	HotkeyStakesPrefix  = collections.NewPrefix(2)
	PositionsPrefix     = collections.NewPrefix(3)
	TakesPrefix         = collections.NewPrefix(4)
	StakeColumnsPrefix  = collections.NewPrefix(5)
	AccruedPrefix       = collections.NewPrefix(6)
	RegistrationsPrefix = collections.NewPrefix(7)
	PotsPrefix          = collections.NewPrefix(8)
	AutoStakesPrefix    = collections.NewPrefix(13)
	SeatsPrefix         = collections.NewPrefix(15)
	SeatUIDsPrefix      = collections.NewPrefix(16)
	FamiliesPrefix      = collections.NewPrefix(17)
	ChildTakesPrefix    = collections.NewPrefix(18)
)

// AlphaDenom is the denomination of a subnet's token: "alpha/3".
func AlphaDenom(netuid uint32) string {
	return AlphaPrefix + strconv.FormatUint(uint64(netuid), 10)
}

// ParseAlphaDenom returns the netuid of a token's denomination, in the one form that AlphaDenom gives; anything else is
// ErrInvalidDenom.
func ParseAlphaDenom(denom string) (uint32, error) {
	digits, ok := strings.CutPrefix(denom, AlphaPrefix)
	n, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || n == 0 || AlphaDenom(uint32(n)) != denom {
		return 0, ErrInvalidDenom.Wrapf("%s is not %s<netuid> with a netuid from 1 to %d", clip(denom), AlphaPrefix, MaxNetuid)
	}
	return uint32(n), nil
}

// Alpha is an amount of a subnet's token as a coin.
func Alpha(netuid uint32, amount uint64) sdk.Coin {
	return sdk.NewCoin(AlphaDenom(netuid), math.NewIntFromUint64(amount))
}

// StakeDenom is what is staked under a netuid: a subnet's token, or AGON at the root.
func StakeDenom(netuid uint32) string {
	if netuid == RootNetuid {
		return AgonDenom
	}
	return AlphaDenom(netuid)
}

// Staked is an amount of what is staked under a netuid, as a coin.
func Staked(netuid uint32, amount uint64) sdk.Coin {
	return sdk.NewCoin(StakeDenom(netuid), math.NewIntFromUint64(amount))
}

// Agon is an amount of nagon as a coin.
func Agon(amount uint64) sdk.Coin {
	return sdk.NewCoin(AgonDenom, math.NewIntFromUint64(amount))
}

// clip quotes text for an error, which must not repeat whatever length a sender chooses.
func clip(s string) string {
	const most = 64
	if len(s) > most {
		return fmt.Sprintf("%q (of %d bytes)", s[:most], len(s))
	}
	return strconv.Quote(s)
}
