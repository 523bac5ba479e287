package simtest

import (
	"bytes"
	"fmt"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/internal/chance"
)

// ownStores are those that an import must give to the byte: Agon's modules and the bank.
func ownStores() []string {
	return []string{"subnet", "stake", "scoring", "emission", "crowdfund", "model", "payment", "dispute", banktypes.StoreKey}
}

// sameStores says in what the stores of two applications differ.
func sameStores(a *app.App, left storetypes.MultiStore, b *app.App, right storetypes.MultiStore) error {
	for _, name := range ownStores() {
		x, y := dump(a, left, name), dump(b, right, name)
		for i := range max(len(x), len(y)) {
			switch {
			case i >= len(x):
				return fmt.Errorf("store %s: the import alone has key %x", name, y[i].key)
			case i >= len(y):
				return fmt.Errorf("store %s: the import lacks key %x", name, x[i].key)
			case !bytes.Equal(x[i].key, y[i].key):
				return fmt.Errorf("store %s: key %x became %x", name, x[i].key, y[i].key)
			case !bytes.Equal(x[i].value, y[i].value):
				return fmt.Errorf("store %s, key %x: %x became %x", name, x[i].key, x[i].value, y[i].value)
			}
		}
	}
	return nil
}

// reborn exports the state between two blocks and imports it into a fresh application: the same bytes are in its stores, and after
// further blocks with the same messages they still are.
func reborn(p *player, d *chance.Dice) error {
	if err := p.end(); err != nil {
		return err
	}
	cdc := p.app.Encoding().Codec
	state, err := p.app.Modules().ExportGenesis(p.ctx, cdc)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := p.app.Basics().ValidateGenesis(cdc, p.app.Encoding().TxConfig, state); err != nil {
		return fmt.Errorf("validate the export: %w", err)
	}
	twin, err := newTwin(state, p.height)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if err := sameStores(p.app, p.app.CommitMultiStore(), twin.app, twin.app.CommitMultiStore()); err != nil {
		return fmt.Errorf("export and import: %w", err)
	}
	if err := p.begin(); err != nil {
		return err
	}
	if err := twin.begin(); err != nil {
		return err
	}
	all := messages(p.app)
	for range 3 * messagesPerBlock {
		if d.OneIn(messagesPerBlock) {
			if err := p.next(); err != nil {
				return err
			}
			if err := twin.next(); err != nil {
				return err
			}
		}
		msg := chance.Draw(d, all).Make(&chance.World{Dice: d, Ctx: p.ctx, Actors: actors(), Authority: app.Authority()})
		if msg == nil {
			continue
		}
		_, first := p.deliver(p.ctx, msg)
		_, second := twin.deliver(twin.ctx, msg)
		if fmt.Sprint(first) != fmt.Sprint(second) {
			return fmt.Errorf("the import answers %v where the original answers %v to %s", second, first, step{msg})
		}
	}
	if err := p.next(); err != nil {
		return err
	}
	if err := twin.next(); err != nil {
		return err
	}
	if err := sameStores(p.app, p.blocks, twin.app, twin.blocks); err != nil {
		return fmt.Errorf("blocks after an import: %w", err)
	}
	return p.settled()
}

func newTwin(state app.GenesisState, height int64) (*stage, error) {
	return importState(quiet{}, state, height)
}
