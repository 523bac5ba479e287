package app

import (
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	distrtypes "github.com/cosmos/cosmos-sdk/x/distribution/types"
	govtypes "github.com/cosmos/cosmos-sdk/x/gov/types"
	stakingtypes "github.com/cosmos/cosmos-sdk/x/staking/types"

	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// moduleAccount is an account that no key controls, and what its module may do with supply.
type moduleAccount struct {
	name        string
	permissions []string
	// receives allows anyone to send coins to it; every other module account refuses direct transfers, because coins
	// that arrive beside a module's own book-keeping would be lost to everyone.
	receives bool
}

// moduleAccounts lists every module account of the chain.
func moduleAccounts() []moduleAccount {
	return []moduleAccount{
		{name: authtypes.FeeCollectorName},
		{name: distrtypes.ModuleName},
		{name: stakingtypes.BondedPoolName, permissions: []string{authtypes.Burner, authtypes.Staking}},
		{name: stakingtypes.NotBondedPoolName, permissions: []string{authtypes.Burner, authtypes.Staking}},
		{name: stakingtypes.KeyRotationFeePoolName, permissions: []string{authtypes.Burner}},
		// Proposals spend from the governance account, so people must be able to fund it.
		{name: govtypes.ModuleName, permissions: []string{authtypes.Burner}, receives: true},

		{name: crowdfundtypes.ModuleName},
		{name: disputetypes.ModuleName},
		{name: emissiontypes.ModuleName, permissions: []string{authtypes.Minter, authtypes.Burner}},
		{name: modeltypes.ModuleName, permissions: []string{authtypes.Burner}},
		{name: paymenttypes.ModuleName},
		{name: staketypes.PoolsAccount, permissions: []string{authtypes.Minter, authtypes.Burner}},
		{name: staketypes.PositionsAccount},
		{name: subnettypes.ModuleName, permissions: []string{authtypes.Burner}},
	}
}

// ModuleAccountPermissions maps the name of each module account to its permissions.
func ModuleAccountPermissions() map[string][]string {
	permissions := make(map[string][]string)
	for _, account := range moduleAccounts() {
		permissions[account.name] = account.permissions
	}
	return permissions
}

// BlockedAddresses are the addresses, in bech32, that a transfer may not name as its recipient.
func BlockedAddresses() map[string]bool {
	blocked := make(map[string]bool)
	for _, account := range moduleAccounts() {
		if !account.receives {
			blocked[authtypes.NewModuleAddress(account.name).String()] = true
		}
	}
	return blocked
}
