package apptest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/params"
)

const (
	// ValidatorName is the account that operates the chain's one consensus validator.
	ValidatorName = "validator"
	// StartBalance is what every named account owns at genesis, in AGON.
	StartBalance = 10_000
	// ValidatorStake is what the validator has bonded at genesis, in AGON, beside its balance.
	ValidatorStake = 1_000
)

// GenesisTime is the time of the first block.
func GenesisTime() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// consensusKey is the key of the one validator.
func consensusKey() *ed25519.PrivKey {
	return ed25519.GenPrivKeyFromSecret([]byte("agon apptest consensus"))
}

// newGenesis is the chain's own default genesis with funded accounts and one validator, which is bonded as the chain starts.
func newGenesis(t testing.TB, chain *app.App, names []string) app.GenesisState {
	t.Helper()
	cdc := chain.Encoding().Codec
	state := chain.DefaultGenesis()

	var accounts authtypes.GenesisAccounts
	var balances []banktypes.Balance
	for i, name := range names {
		account := NewAccount(name)
		accounts = append(accounts, authtypes.NewBaseAccount(account.Address, nil, uint64(i), 0))
		balances = append(balances, banktypes.Balance{
			Address: account.String(), Coins: sdk.NewCoins(params.Agon(StartBalance)),
		})
	}
	balances = append(balances, banktypes.Balance{
		Address: authtypes.NewModuleAddress(stakingtypes.NotBondedPoolName).String(),
		Coins:   sdk.NewCoins(params.Agon(ValidatorStake)),
	})

	var auth authtypes.GenesisState
	cdc.MustUnmarshalJSON(state[authtypes.ModuleName], &auth)
	packed, err := authtypes.PackAccounts(authtypes.SanitizeGenesisAccounts(accounts))
	require.NoError(t, err)
	auth.Accounts = packed
	state[authtypes.ModuleName] = cdc.MustMarshalJSON(&auth)

	var bank banktypes.GenesisState
	cdc.MustUnmarshalJSON(state[banktypes.ModuleName], &bank)
	bank.Balances = banktypes.SanitizeGenesisBalances(balances)
	state[banktypes.ModuleName] = cdc.MustMarshalJSON(&bank)

	operator := NewAccount(ValidatorName)
	key, err := codectypes.NewAnyWithValue(consensusKey().PubKey())
	require.NoError(t, err)
	stake := params.Agon(ValidatorStake).Amount
	var staking stakingtypes.GenesisState
	cdc.MustUnmarshalJSON(state[stakingtypes.ModuleName], &staking)
	staking.Validators = []stakingtypes.Validator{{
		OperatorAddress: operator.ValAddress().String(),
		ConsensusPubkey: key,
		// Genesis bonds it, which is also what opens its record of signed blocks.
		Status:          stakingtypes.Unbonded,
		Tokens:          stake,
		DelegatorShares: math.LegacyNewDecFromInt(stake),
		Description:     stakingtypes.Description{Moniker: ValidatorName},
		Commission: stakingtypes.NewCommission(
			math.LegacyNewDecWithPrec(10, 2), math.LegacyOneDec(), math.LegacyOneDec()),
		MinSelfDelegation: math.OneInt(),
	}}
	staking.Delegations = []stakingtypes.Delegation{
		stakingtypes.NewDelegation(operator.String(), operator.ValAddress().String(), math.LegacyNewDecFromInt(stake)),
	}
	state[stakingtypes.ModuleName] = cdc.MustMarshalJSON(&staking)
	return state
}
