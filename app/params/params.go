// Package params holds what every part of Agon must agree on before it can talk to a chain at all: the name of the
// chain's addresses, the name of its coin, and the few defaults of a node that an operator seldom changes.
//
// It is not the place for parameters that governance can change; those live in the state of the module that they rule.
package params

import (
	"os"
	"sync"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
)

const (
	// AppName is the name of the binary, of its home folder (~/.agond) and of its environment prefix (AGOND_).
	AppName = "agond"

	// Bech32Prefix starts every account address; operator and consensus addresses append "valoper" and "valcons".
	Bech32Prefix = "agon"
	// Bech32PrefixValidator starts the operator address of a consensus validator.
	Bech32PrefixValidator = Bech32Prefix + "valoper"
	// Bech32PrefixConsensus starts the address that is derived from a consensus key.
	Bech32PrefixConsensus = Bech32Prefix + "valcons"

	// BaseDenom is the unit in which every amount on the chain is counted.
	BaseDenom = "nagon"
	// DisplayDenom is the unit that people read: 1 AGON = 10^DisplayExponent nagon.
	DisplayDenom = "AGON"
	// DisplayExponent is the number of decimals between BaseDenom and DisplayDenom.
	DisplayExponent = 9

	// CoinType is the SLIP-44 number in the derivation path of keys (m/44'/118'/0'/0/0), shared with other chains of
	// the same family so that existing hardware wallets derive the same account.
	CoinType = 118

	// MinGasPrice is the gas price that a node asks for unless its operator says otherwise, in nagon per unit of gas.
	MinGasPrice = "0.1" + BaseDenom
)

var configureOnce sync.Once

// ConfigureSDK tells the SDK, whose address formats are process-wide, that this process speaks Agon.
// It may be called any number of times and by several tests at once; only the first call does anything. It must come
// before the first address is turned into text, because the SDK remembers that text.
func ConfigureSDK() {
	configureOnce.Do(func() {
		if os.Getenv(sdk.EnvConfigScope) == "" {
			// Without a scope the SDK asks the system for the name of the program and of the host each time that it reads or
			// writes an address: two thirds of a metagraph's query.
			_ = os.Setenv(sdk.EnvConfigScope, AppName)
		}
		cfg := sdk.GetConfig()
		cfg.SetBech32PrefixForAccount(Bech32Prefix, Bech32Prefix+"pub")
		cfg.SetBech32PrefixForValidator(Bech32PrefixValidator, Bech32PrefixValidator+"pub")
		cfg.SetBech32PrefixForConsensusNode(Bech32PrefixConsensus, Bech32PrefixConsensus+"pub")
		cfg.SetCoinType(CoinType)
		// Default genesis states of the SDK's modules read this variable.
		sdk.DefaultBondDenom = BaseDenom
	})
}

// Agon returns n whole AGON as a coin of the base denomination.
func Agon(n int64) sdk.Coin {
	return sdk.NewCoin(BaseDenom, math.NewInt(n).Mul(math.NewIntWithDecimal(1, DisplayExponent)))
}

// Metadata describes AGON to wallets, in the form that the bank module stores.
func Metadata() banktypes.Metadata {
	return banktypes.Metadata{
		Description: "The native coin of Agon: it pays for transactions, secures the chain and backs subnets.",
		DenomUnits: []*banktypes.DenomUnit{
			{Denom: BaseDenom, Exponent: 0},
			{Denom: "uagon", Exponent: 3},
			{Denom: "magon", Exponent: 6},
			{Denom: DisplayDenom, Exponent: DisplayExponent},
		},
		Base:    BaseDenom,
		Display: DisplayDenom,
		Name:    "Agon",
		Symbol:  DisplayDenom,
	}
}
