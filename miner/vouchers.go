package miner

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/agon-chain/agon/miner/till"
	"github.com/agon-chain/agon/wire"
)

const (
	// maxVoucherBody bounds the body of a voucher that comes beside its call: its text has 151 characters.
	maxVoucherBody = 256
	// strikeRate and strikeBurst bound, for each network address, the vouchers that are nobody's, per second and at once: whoever sends good ones is not
	// limited by it, and whoever makes them up costs no more signatures to verify.
	strikeRate, strikeBurst = 2, 20
)

// voucherDesk takes vouchers for streams under way.
type voucherDesk struct {
	cashier *cashier
	strikes *rates
	now     func() time.Time
}

func (d *voucherDesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	err := d.take(w, r)
	d.cashier.metrics.vouchers.WithLabelValues(codeOf(err)).Inc()
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if retry, ok := errors.AsType[*retryError](err); ok {
		w.Header().Set("Retry-After", retry.seconds())
	}
	if p, ok := errors.AsType[*wire.PaymentError](err); ok {
		writePaymentError(w, p)
		return
	}
	wire.WriteError(w, err)
}

func (d *voucherDesk) take(w http.ResponseWriter, r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxVoucherBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return wire.NewAPIError(http.StatusRequestEntityTooLarge, "body_too_large", "", "the body is the text of a voucher, at most 256 bytes")
	}
	if err != nil {
		return wire.NewAPIError(http.StatusBadRequest, "incomplete_body", "", "the request's body ended early or came too slowly; send it again")
	}
	voucher := strings.TrimSpace(string(body))
	// Behind a proxy all callers have one address: what some of them send must not end the streams of others.
	if !d.cashier.till.Busy(voucher) {
		if err := d.strikes.check(host, d.now()); err != nil {
			return err
		}
	}
	if err = d.cashier.till.Voucher(r.Context(), voucher); err == nil {
		return nil
	}
	if made(err) {
		_ = d.strikes.take(host, d.now()) // the next one is refused, if this was the last
	}
	return d.cashier.refusal(err, 0)
}

// made says whether a voucher is nobody's: it is not signed by a channel's payer for this miner. One that came late is, and is no offence.
func made(err error) bool {
	for _, kind := range []error{wire.ErrVoucher, wire.ErrVoucherChain, wire.ErrVoucherSignature, till.UnknownChannel, till.WrongChannel} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

func writePaymentError(w http.ResponseWriter, e *wire.PaymentError) {
	h := w.Header()
	e.SetHeader(h)
	h.Set("Content-Type", contentTypeJSON)
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.API.Status)
	_, _ = w.Write(e.Body()) // the caller is gone; there is nobody to tell
}
