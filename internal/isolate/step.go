package isolate

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Step does one item of a block's work in a branch of state of its own, which is kept, with its events, only if the step neither
// fails nor panics. what names it, such as "epoch"; about are pairs for the node's log. What a panic says may differ from node to
// node (an address, a capacity) and so goes to the log alone: the error names the item and no more.
func Step(ctx context.Context, what string, step func(ctx context.Context) error, about ...any) (err error) {
	if around, ok := ctx.Value(aroundKey{}).(Around); ok {
		step = around(what, about, step)
	}
	branch, write := sdk.UnwrapSDKContext(ctx).CacheContext()
	defer func() {
		if r := recover(); r != nil {
			about = append(about, "panic", r, "stack", string(debug.Stack()))
			sdk.UnwrapSDKContext(ctx).Logger().Error(what+" panicked", about...)
			err = fmt.Errorf("the %s panicked; the node's log says where", what)
		}
	}()
	if err := step(branch); err != nil {
		return err
	}
	write()
	return nil
}

// maxReason bounds what state and events keep of a failure, in bytes.
const maxReason = 256

// Reason is what a failure says, cut to what an event holds: at most 256 bytes of UTF-8.
func Reason(failure error) string {
	text := failure.Error()
	if len(text) > maxReason {
		text = text[:maxReason]
	}
	// The cut may have split a character, and bytes that are no text fit into no event.
	return strings.ToValidUTF8(text, "")
}
