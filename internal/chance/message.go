package chance

import (
	"context"
	"reflect"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// World is what a message is made from.
type World struct {
	*Dice
	// Ctx is the state before the message. Nothing may be written to it.
	Ctx context.Context
	// Actors are the accounts that can sign. Each of them may be owner, hotkey, backer and stranger at once.
	Actors []sdk.AccAddress
	// Authority is the address that may change parameters. Its messages need no signature: governance sends them.
	Authority string
}

// Actor is one of the accounts.
func (w *World) Actor() sdk.AccAddress { return Pick(w.Dice, w.Actors) }

// Height is that of the block that is being built.
func (w *World) Height() int64 { return sdk.UnwrapSDKContext(w.Ctx).BlockHeight() }

// Message makes random messages of one type.
type Message struct {
	// Type is an empty message of the type.
	Type sdk.Msg
	// Weight is how often it is made in comparison with others. One that is only sent by governance should have little.
	Weight uint32
	// Make makes one that looks valid, most times; nil where the state has no place for it.
	Make func(w *World) sdk.Msg
}

// URL is the type's name in transactions.
func (m Message) URL() string { return sdk.MsgTypeURL(m.Type) }

// Of describes the messages that a function makes. The function returns nil where the state has no place for one.
func Of[T sdk.Msg](weight uint32, make func(w *World) T) Message {
	var none T
	empty := reflect.New(reflect.TypeOf(none).Elem()).Interface().(sdk.Msg)
	return Message{Type: empty, Weight: weight, Make: func(w *World) sdk.Msg {
		m := make(w)
		if reflect.ValueOf(m).IsNil() {
			return nil
		}
		return m
	}}
}

// Draw picks a kind of message by weight.
func Draw(d *Dice, list []Message) Message {
	var total uint64
	for _, m := range list {
		total += uint64(m.Weight)
	}
	at := d.Below(total)
	for _, m := range list {
		if at < uint64(m.Weight) {
			return m
		}
		at -= uint64(m.Weight)
	}
	return Message{}
}
