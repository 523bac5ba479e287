package wire_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
)

const payee = "agon1payee"

func paymentError() *wire.PaymentError {
	return wire.NewPaymentError("insufficient_voucher", "too little", chainID, math.MaxUint64,
		wire.PaymentResource{URL: "http://203.0.113.7:8091/v1/chat/completions", Description: "an answer", MimeType: "application/json"},
		wire.PaymentOption{PayTo: payee, MaxTimeoutSeconds: 60, Extra: wire.ChannelTerms{
			Netuid: netuid, Price: wire.Price{PerRequest: math.MaxUint64 - 1<<60, PerMillionInput: 2}, Chunk: wire.VoucherChunk, How: "pay",
			Channel: math.MaxUint64 - 1, Voucher: "abc", Vouched: 1 << 60, Spent: 1<<60 - 1, Cumulative: 1<<60 + 1,
		}})
}

// A body is OpenAI's error for who knows no x402, and x402's terms for who does; amounts beyond what JavaScript's numbers hold are text.
func TestPaymentErrorBody(t *testing.T) {
	e := paymentError()
	api := wire.ParseAPIError(402, e.Body())
	require.Equal(t, "insufficient_voucher", *api.Code)
	require.Equal(t, "insufficient_quota", api.Type)
	require.Equal(t, e.API, api)
	var unwrapped *wire.APIError
	require.ErrorAs(t, errors.Join(e), &unwrapped)

	var shape map[string]any
	require.NoError(t, json.Unmarshal(e.Body(), &shape))
	require.EqualValues(t, 2, shape["x402Version"])
	option := shape["accepts"].([]any)[0].(map[string]any)
	require.Equal(t, "channel", option["scheme"])
	require.Equal(t, "agon:"+chainID, option["network"])
	require.Equal(t, "18446744073709551615", option["amount"])
	require.Equal(t, option["amount"], option["maxAmountRequired"])

	back, err := wire.ParsePaymentRequired(e.Body())
	require.NoError(t, err)
	require.Equal(t, &e.Required, back)
	_, err = back.ByChannel(chainID, payee)
	require.ErrorIs(t, err, wire.ErrPrice, "a price above the bound is not believed")
	back.Accepts[0].Extra.Price.PerRequest = 1
	o, err := back.ByChannel(chainID, payee)
	require.NoError(t, err)
	require.Equal(t, uint64(math.MaxUint64), o.Amount)
	for _, wrong := range [][2]string{{"other-1", payee}, {chainID, "agon1other"}} {
		_, err = back.ByChannel(wrong[0], wrong[1])
		require.ErrorIs(t, err, wire.ErrPaymentTerms)
	}
	back.Accepts[0].MaxAmountRequired--
	_, err = back.ByChannel(chainID, payee)
	require.ErrorIs(t, err, wire.ErrPaymentTerms)
}

func TestPaymentRequiredHeader(t *testing.T) {
	e, h := paymentError(), http.Header{}
	e.SetHeader(h)
	raw, err := base64.StdEncoding.DecodeString(h.Get("PAYMENT-REQUIRED"))
	require.NoError(t, err)
	var got struct {
		X402Version int
		Error       string
		Resource    map[string]string
		Accepts     []map[string]any
	}
	require.NoError(t, json.Unmarshal(raw, &got))
	require.Equal(t, 2, got.X402Version)
	require.Equal(t, "too little", got.Error, "x402's error is text")
	require.Equal(t, "http://203.0.113.7:8091/v1/chat/completions", got.Resource["url"])
	require.Equal(t, payee, got.Accepts[0]["payTo"])
}

func TestParsePaymentRequiredRefuses(t *testing.T) {
	for name, body := range map[string]string{
		"no-json":      `402`,
		"openai-alone": `{"error":{"message":"m","type":"t","param":null,"code":null}}`,
		"version-1":    `{"x402Version":1,"accepts":[{}]}`,
		"no-way":       `{"x402Version":2,"accepts":[]}`,
		"many-ways":    `{"x402Version":2,"accepts":[` + strings.Repeat(`{},`, 16) + `{}]}`,
		"bare-amount":  `{"x402Version":2,"accepts":[{"amount":5}]}`,
		"large":        `{"x402Version":2,"accepts":[{}],"x":"` + strings.Repeat("x", 64<<10) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.ParsePaymentRequired([]byte(body))
			require.ErrorIs(t, err, wire.ErrPaymentTerms)
		})
	}
}

func TestVoucherText(t *testing.T) {
	x402 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	for name, c := range map[string]struct {
		header  http.Header
		want    string
		foreign bool
		bad     bool
	}{
		"none":         {http.Header{}, "", false, false},
		"own":          {http.Header{wire.HeaderVoucher: {"v"}}, "v", false, false},
		"twice":        {http.Header{wire.HeaderVoucher: {"v", "v"}}, "", false, true},
		"both":         {http.Header{wire.HeaderVoucher: {"v"}, "Payment-Signature": {x402(`{}`)}}, "", false, true},
		"x402":         {http.Header{"Payment-Signature": {x402(`{"x402Version":2,"accepted":{},"payload":{"voucher":"v"}}`)}}, "v", true, false},
		"x402-other":   {http.Header{"Payment-Signature": {x402(`{"x402Version":2,"payload":{"signature":"0x"}}`)}}, "", true, true},
		"x402-version": {http.Header{"Payment-Signature": {x402(`{"x402Version":1,"payload":{"voucher":"v"}}`)}}, "", true, true},
		"x402-no-text": {http.Header{"Payment-Signature": {"{}"}}, "", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, foreign, err := wire.VoucherText(c.header)
			require.Equal(t, c.foreign, foreign)
			if c.bad {
				require.ErrorIs(t, err, wire.ErrVoucher)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestCharge(t *testing.T) {
	h := http.Header{}
	c, err := wire.ParseCharge(h)
	require.NoError(t, err)
	require.Nil(t, c)
	wire.Charge{Cost: 5, Spent: math.MaxUint64}.Set(h)
	c, err = wire.ParseCharge(h)
	require.NoError(t, err)
	require.Equal(t, &wire.Charge{Cost: 5, Spent: math.MaxUint64}, c)
	for name, change := range map[string]func(){
		"alone":    func() { h.Del(wire.HeaderSpent) },
		"twice":    func() { h.Add(wire.HeaderCost, "5") },
		"negative": func() { h.Set(wire.HeaderCost, "-1") },
		"too-dear": func() { h.Set(wire.HeaderSpent, "4") },
	} {
		t.Run(name, func(t *testing.T) {
			h = http.Header{}
			wire.Charge{Cost: 5, Spent: 6}.Set(h)
			change()
			_, err := wire.ParseCharge(h)
			require.ErrorIs(t, err, wire.ErrCharge)
		})
	}
}

func FuzzParsePaymentRequired(f *testing.F) {
	f.Add(paymentError().Body())
	f.Add([]byte(`{"x402Version":2,"accepts":[{"amount":"1"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := wire.ParsePaymentRequired(body)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrPaymentTerms)
			return
		}
		_, _ = p.ByChannel(chainID, payee)
	})
}

// FuzzPaymentHeaders: a voucher is named once or not at all, a charge is read as it was written, and nothing else is either.
func FuzzPaymentHeaders(f *testing.F) {
	f.Add("v", "", "5", "6")
	f.Add("", base64.StdEncoding.EncodeToString([]byte(`{"x402Version":2,"payload":{"voucher":"v"}}`)), "05", "+6")
	f.Add("a", "b", "18446744073709551616", "\xff")
	f.Fuzz(func(t *testing.T, voucher, x402, cost, spent string) {
		h := http.Header{}
		for name, v := range map[string]string{wire.HeaderVoucher: voucher, "Payment-Signature": x402, wire.HeaderCost: cost, wire.HeaderSpent: spent} {
			if v != "" {
				h[name] = []string{v}
			}
		}
		got, foreign, err := wire.VoucherText(h)
		switch {
		case err != nil:
			require.ErrorIs(t, err, wire.ErrVoucher)
		case voucher != "":
			require.Equal(t, voucher, got)
			require.Empty(t, x402, "two vouchers, one of which is overlooked")
		default:
			require.Equal(t, x402 != "", foreign)
		}
		c, err := wire.ParseCharge(h)
		switch {
		case err != nil:
			require.ErrorIs(t, err, wire.ErrCharge)
		case c != nil:
			require.LessOrEqual(t, c.Cost, c.Spent)
			out := http.Header{}
			c.Set(out)
			again, err := wire.ParseCharge(out)
			require.NoError(t, err)
			require.Equal(t, c, again)
		}
	})
}
