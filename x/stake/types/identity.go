package types

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Identity is what the stake behind a hotkey is kept under, for all time: the address of the hotkey under which it first appeared.
// A hotkey may be swapped for another any number of times; what is staked stays where it is. It is a type of its own so that
// neither is taken for the other.
type Identity []byte

// String is the identity as an address, as rows of the store and of a genesis carry it.
func (id Identity) String() string { return sdk.AccAddress(id).String() }
