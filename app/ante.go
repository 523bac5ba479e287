package app

import (
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth/ante"
)

// newAnteHandler is what a transaction passes before its messages run: size, fee (paid by the signer or through a fee
// grant, which is how a hotkey spends none of its own coins), signature, sequence. It is the SDK's own chain; only what may be
// sent for others is limited, and the verification of signatures remembers what it has verified.
func (app *App) newAnteHandler() (sdk.AnteHandler, error) {
	verify, err := newCachedSigVerification(app.AccountKeeper,
		ante.NewSigVerificationDecorator(app.AccountKeeper, app.encoding.TxConfig.SignModeHandler()))
	if err != nil {
		return nil, err
	}
	return sdk.ChainAnteDecorators(
		ante.NewSetUpContextDecorator(),
		ante.NewExtensionOptionsDecorator(nil),
		ante.NewValidateBasicDecorator(),
		newAuthzLimit(),
		ante.NewTxTimeoutHeightDecorator(),
		ante.NewValidateMemoDecorator(app.AccountKeeper),
		ante.NewConsumeGasForTxSizeDecorator(app.AccountKeeper),
		ante.NewDeductFeeDecorator(app.AccountKeeper, app.BankKeeper, app.FeeGrantKeeper, nil),
		ante.NewSetPubKeyDecorator(app.AccountKeeper),
		ante.NewValidateSigCountDecorator(app.AccountKeeper),
		ante.NewSigGasConsumeDecorator(app.AccountKeeper, ante.DefaultSigVerificationGasConsumer),
		verify,
		ante.NewIncrementSequenceDecorator(app.AccountKeeper),
	), nil
}
