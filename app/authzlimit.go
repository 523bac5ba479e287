package app

import (
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/x/authz"
)

// RefusedInsideAuthz are the messages that nobody may send for somebody else through x/authz. Who may grant in another's name has all
// that the other has; and an execution inside an execution only hides what is executed, as deep as a transaction is long.
func RefusedInsideAuthz() []string {
	return []string{sdk.MsgTypeURL(&authz.MsgExec{}), sdk.MsgTypeURL(&authz.MsgGrant{})}
}

// authzLimit refuses transactions that carry such a message inside a MsgExec. It looks one level deep, and there is no second one.
type authzLimit struct{ refused map[string]bool }

var _ sdk.AnteDecorator = authzLimit{}

func newAuthzLimit() authzLimit {
	refused := map[string]bool{}
	for _, url := range RefusedInsideAuthz() {
		refused[url] = true
	}
	return authzLimit{refused}
}

// AnteHandle implements sdk.AnteDecorator.
func (d authzLimit) AnteHandle(ctx sdk.Context, tx sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	for _, msg := range tx.GetMsgs() {
		exec, ok := msg.(*authz.MsgExec)
		if !ok {
			continue
		}
		inside, err := exec.GetMessages()
		if err != nil {
			return ctx, errorsmod.Wrap(sdkerrors.ErrInvalidRequest, err.Error())
		}
		for _, m := range inside {
			if url := sdk.MsgTypeURL(m); d.refused[url] {
				return ctx, errorsmod.Wrapf(sdkerrors.ErrUnauthorized, "%s inside %s; send it as a message of its own", url, sdk.MsgTypeURL(exec))
			}
		}
	}
	return next(ctx, tx, simulate)
}
