package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// settling is how long a node that took a large genesis is left alone: its database sorts for half a minute what came at once.
const settling = time.Minute

// filled is what each of the positions that fill the state holds, in alpha base units: little beside what the load moves.
const filled = 1_000_000

// prefill stops the node, adds positions in subnet 1 to its exported state, each of an owner of its own, and starts a chain
// that goes on from there.
func (w *network) prefill(ctx context.Context, agond string, positions int) error {
	w.stop()
	path := filepath.Join(w.home, "config", "genesis.json")
	out, err := exec.CommandContext(ctx, agond, "export", "--home", w.home).Output()
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(out, &doc); err != nil {
		return fmt.Errorf("exported genesis: %w", err)
	}
	var state map[string]json.RawMessage
	if err := json.Unmarshal(doc["app_state"], &state); err != nil {
		return fmt.Errorf("exported state: %w", err)
	}
	if err := w.addPositions(state, positions); err != nil {
		return err
	}
	if doc["app_state"], err = json.Marshal(state); err != nil {
		return err
	}
	bz, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, agond, "comet", "unsafe-reset-all", "--home", w.home).CombinedOutput(); err != nil {
		return fmt.Errorf("reset: %w: %s", err, out)
	}
	if err := os.WriteFile(path, bz, 0o600); err != nil {
		return err
	}
	if err := w.start(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(settling):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// addPositions changes what x/stake and the bank know: positions, the stake behind each hotkey, and the coins of both.
func (w *network) addPositions(state map[string]json.RawMessage, positions int) error {
	var stake staketypes.GenesisState
	if err := w.encoding.Codec.UnmarshalJSON(state[staketypes.ModuleName], &stake); err != nil {
		return fmt.Errorf("state of stake: %w", err)
	}
	var bank banktypes.GenesisState
	if err := w.encoding.Codec.UnmarshalJSON(state[banktypes.ModuleName], &bank); err != nil {
		return fmt.Errorf("state of bank: %w", err)
	}
	behind := make(map[string]*staketypes.HotkeyStake)
	for i := range stake.HotkeyStakes {
		if h := &stake.HotkeyStakes[i]; h.Netuid == 1 {
			behind[h.Hotkey] = h
		}
	}
	for i := range positions {
		owner := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("filler"), uint64(i)))
		hotkey := w.hotkeys[i%neurons].address.String()
		h, ok := behind[hotkey]
		if !ok {
			return fmt.Errorf("hotkey %s has no stake", hotkey)
		}
		next, minted, err := h.SharePool().Deposit(filled)
		if err != nil {
			return err
		}
		h.Alpha, h.Shares = next.TotalAlpha, next.TotalShares
		stake.Positions = append(stake.Positions, staketypes.Position{
			Owner: sdk.AccAddress(owner[:20]).String(), Hotkey: hotkey, Netuid: 1, Shares: minted, Cost: filled, Since: 1,
		})
	}
	// In the order of keys, which is that of the bytes of addresses.
	slices.SortFunc(stake.Positions, func(a, b staketypes.Position) int {
		key := func(p staketypes.Position) string {
			return string(sdk.MustAccAddressFromBech32(p.Owner)) + fmt.Sprintf("%05d", p.Netuid) + string(sdk.MustAccAddressFromBech32(p.Hotkey))
		}
		return strings.Compare(key(a), key(b))
	})
	added := sdk.NewCoin(staketypes.AlphaDenom(1), math.NewInt(int64(positions)*filled))
	bank.Supply = bank.Supply.Add(added)
	holder := authtypes.NewModuleAddress(staketypes.PositionsAccount).String()
	for i := range bank.Balances {
		if bank.Balances[i].Address == holder {
			bank.Balances[i].Coins = bank.Balances[i].Coins.Add(added)
		}
	}
	var err error
	if state[staketypes.ModuleName], err = w.encoding.Codec.MarshalJSON(&stake); err != nil {
		return err
	}
	state[banktypes.ModuleName], err = w.encoding.Codec.MarshalJSON(&bank)
	return err
}
