package app

import (
	"context"
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	"github.com/cosmos/cosmos-sdk/types/module"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"
)

// upgradePlan is a change of the chain's rules that governance schedules by name and height.
type upgradePlan struct {
	name string
	// stores lists what the upgrade adds to, renames in or deletes from storeNames.
	stores storetypes.StoreUpgrades
}

// upgradePlans lists the upgrades that this binary can carry out. Each runs the migrations that modules registered for
// the step between their old and new consensus version, and begins modules that are new with their default genesis; stores that are new
// have to be named in the plan's. The first release has none.
func upgradePlans() []upgradePlan {
	return nil
}

// release is what differs between one binary and the next, which share a database across an upgrade.
type release struct {
	// stores that the state is made of.
	stores []string
	// without are the modules that the release does not have. This one has all; tests make an earlier one.
	without []string
	plans   []upgradePlan
}

func thisRelease() release { return release{stores: storeNames(), plans: upgradePlans()} }

// registerUpgrades tells the upgrade module what to do at each plan's height, and the store loader which stores appear
// or vanish there.
func (app *App) registerUpgrades(plans []upgradePlan, home string) error {
	for _, plan := range plans {
		app.UpgradeKeeper.SetUpgradeHandler(plan.name,
			func(ctx context.Context, _ upgradetypes.Plan, from module.VersionMap) (module.VersionMap, error) {
				return app.modules.RunMigrations(ctx, app.configurator, from)
			})
	}
	if home == "" || len(plans) == 0 {
		return nil
	}
	pending, err := app.UpgradeKeeper.ReadUpgradeInfoFromDisk()
	if err != nil {
		return fmt.Errorf("read upgrade info under %s/data: %w", home, err)
	}
	for _, plan := range plans {
		if plan.name == pending.Name && !app.UpgradeKeeper.IsSkipHeight(pending.Height) {
			app.SetStoreLoader(upgradetypes.UpgradeStoreLoader(pending.Height, &plan.stores))
		}
	}
	return nil
}
