package app

import (
	"slices"

	dbm "github.com/cosmos/cosmos-db"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	servertypes "github.com/cosmos/cosmos-sdk/server/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// NewBefore is an earlier release, which has no such modules; their stores have the modules' names.
func NewBefore(modules []string, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) (*App, error) {
	r := thisRelease()
	r.without = modules
	r.stores = slices.DeleteFunc(r.stores, func(name string) bool { return slices.Contains(modules, name) })
	return newRelease(r, log.NewNopLogger(), db, options, baseOptions...)
}

// NewAfter is this release with one more plan, which adds these stores.
func NewAfter(plan string, added []string, db dbm.DB, options servertypes.AppOptions, baseOptions ...func(*baseapp.BaseApp)) (*App, error) {
	r := thisRelease()
	r.plans = append(r.plans, upgradePlan{name: plan, stores: storetypes.StoreUpgrades{Added: added}})
	return newRelease(r, log.NewNopLogger(), db, options, baseOptions...)
}
