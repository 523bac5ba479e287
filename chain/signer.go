package chain

import (
	"context"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// HotkeyOf is the hotkey that a daemon's key signs for: itself, unless the owner let it sign in another's place. Errors:
// subnettypes.ErrKeySwapped where another key signs in its place, with what the operator should do.
func (c *Client) HotkeyOf(ctx context.Context, key sdk.AccAddress) (sdk.AccAddress, error) {
	r, err := c.Subnet().Hotkey(ctx, &subnettypes.QueryHotkeyRequest{Hotkey: key.String()})
	if NotFound(err) {
		return key, nil // never registered
	}
	if err != nil {
		return nil, fmt.Errorf("ask for hotkey %s: %w", key, err)
	}
	if r.Signing.Key != key.String() {
		return nil, fmt.Errorf("%w: the key here, %s, signed for hotkey %s until block %d, and %s signs for it now; have that key in this keyring, "+
			"give its name with --signing-key, and start again: nothing else changes", subnettypes.ErrKeySwapped, key, r.Hotkey, r.Asked.Until, r.Signing.Key)
	}
	hotkey, err := sdk.AccAddressFromBech32(r.Hotkey)
	if err != nil {
		return nil, fmt.Errorf("%w: hotkey %q: %w", ErrMalformed, r.Hotkey, err)
	}
	return hotkey, nil
}

// WatchKey asks at every interval whether a key still signs for its hotkey, and returns HotkeyOf's ErrKeySwapped once it does not. It goes on while no
// node answers.
func (c *Client) WatchKey(ctx context.Context, key sdk.AccAddress, every time.Duration) error {
	for {
		if err := sleep(ctx, every); err != nil {
			return err
		}
		if _, err := c.HotkeyOf(ctx, key); errors.Is(err, subnettypes.ErrKeySwapped) {
			return err
		}
	}
}
