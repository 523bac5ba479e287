package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// What x402 (version 2) calls the things of a payment, where Agon has them. README.md says how far the two agree.
const (
	X402Version = 2
	// SchemeChannel is payment by cumulative vouchers on a channel of the chain.
	SchemeChannel = "channel"
	// AssetNagon is the asset that every amount is of.
	AssetNagon = "nagon"

	HeaderPaymentRequired  = "PAYMENT-REQUIRED"  // on an answer of 402: PaymentRequired in JSON, base64
	HeaderPaymentSignature = "PAYMENT-SIGNATURE" // on a request, in place of Agon-Voucher: the voucher in a PaymentPayload, base64
	HeaderPaymentResponse  = "PAYMENT-RESPONSE"  // on the answer to such a request

	// maxTerms bounds a 402's body and the headers of x402, before they are parsed.
	maxTerms   = 64 << 10
	maxAccepts = 16
)

// Network is a chain as x402 names it.
func Network(chainID string) string { return "agon:" + chainID }

// PaymentRequired is x402's word that a call must be paid for, and how it can be.
type PaymentRequired struct {
	Version  int              `json:"x402Version"`
	Error    string           `json:"error,omitempty"` // in the header alone: in a body OpenAI's error stands under this name
	Resource *PaymentResource `json:"resource,omitempty"`
	Accepts  []PaymentOption  `json:"accepts"`
}

// PaymentResource is what is paid for.
type PaymentResource struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
	MimeType    string `json:"mimeType,omitempty"`
}

// PaymentOption is one way to pay. Amount and MaxAmountRequired are the same: the second is version 1's name, as are the members on the resource.
type PaymentOption struct {
	Scheme            string       `json:"scheme"`
	Network           string       `json:"network"`
	Amount            uint64       `json:"amount,string"`
	MaxAmountRequired uint64       `json:"maxAmountRequired,string"`
	Asset             string       `json:"asset"`
	PayTo             string       `json:"payTo"` // hotkey of the miner
	Resource          string       `json:"resource"`
	Description       string       `json:"description"`
	MimeType          string       `json:"mimeType"`
	MaxTimeoutSeconds int          `json:"maxTimeoutSeconds"`
	Extra             ChannelTerms `json:"extra"`
}

// ChannelTerms is what a payer by channel needs to know on top. The voucher is the payer's own signature, so that one who lost its book recovers
// from it and need not believe the miner.
type ChannelTerms struct {
	Netuid    uint16 `json:"netuid"`
	Price     Price  `json:"price"`
	Chunk     uint32 `json:"chunk"`      // output tokens of a stream between two vouchers
	MaxOutput uint32 `json:"max_output"` // output tokens that are reserved for where a body does not say max_tokens
	How       string `json:"how"`        // one sentence for people
	Channel   uint64 `json:"channel,omitempty,string"`
	Voucher   string `json:"voucher,omitempty"` // the highest one held
	Vouched   uint64 `json:"vouched,string"`    // its cumulative amount
	Spent     uint64 `json:"spent,string"`      // what calls served cost
	Reserved  uint64 `json:"reserved,string"`   // what calls under way hold
	// Cumulative is what the next voucher has to say at least for this call to be served; 0 where there is no channel.
	Cumulative uint64 `json:"cumulative,omitempty,string"`
}

// PaymentError refuses a call that was not paid for. It unwraps to its [*APIError].
type PaymentError struct {
	API      *APIError
	Required PaymentRequired
}

// NewPaymentError makes the refusal with one way to pay. The option's amount, resource and constants are filled in.
func NewPaymentError(code, message, chainID string, amount uint64, resource PaymentResource, option PaymentOption) *PaymentError {
	option.Scheme, option.Network, option.Asset = SchemeChannel, Network(chainID), AssetNagon
	option.Amount, option.MaxAmountRequired = amount, amount
	option.Resource, option.Description, option.MimeType = resource.URL, resource.Description, resource.MimeType
	return &PaymentError{
		API:      NewAPIError(http.StatusPaymentRequired, code, "", message),
		Required: PaymentRequired{Version: X402Version, Resource: &resource, Accepts: []PaymentOption{option}},
	}
}

// Error gives status, code and message.
func (e *PaymentError) Error() string { return e.API.Error() }

// Unwrap gives the error in OpenAI's shape.
func (e *PaymentError) Unwrap() error { return e.API }

// Body is the JSON body: OpenAI's error and x402's members beside it.
func (e *PaymentError) Body() []byte {
	b, err := json.Marshal(struct {
		Error *APIError `json:"error"`
		paymentMembers
	}{e.API, paymentMembers{e.Required.Version, e.Required.Resource, e.Required.Accepts}})
	if err != nil {
		return e.API.Body()
	}
	return append(b, '\n')
}

// paymentMembers are those of PaymentRequired that stand in a body.
type paymentMembers struct {
	Version  int              `json:"x402Version"`
	Resource *PaymentResource `json:"resource,omitempty"`
	Accepts  []PaymentOption  `json:"accepts"`
}

// SetHeader puts the same on a reply's PAYMENT-REQUIRED, as version 2 wants it.
func (e *PaymentError) SetHeader(h http.Header) {
	r := e.Required
	r.Error = e.API.Message
	b, err := json.Marshal(r)
	if err != nil {
		return // the body says it all
	}
	h.Set(HeaderPaymentRequired, base64.StdEncoding.EncodeToString(b))
}

// ParsePaymentRequired reads the body of a 402, which is untrusted. It is [ErrPaymentTerms] where it has no such members; then the body may
// still hold an error for [ParseAPIError].
func ParsePaymentRequired(body []byte) (*PaymentRequired, error) {
	if len(body) > maxTerms {
		return nil, fmt.Errorf("%w: %d bytes, want at most %d", ErrPaymentTerms, len(body), maxTerms)
	}
	var m paymentMembers
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPaymentTerms, err)
	}
	switch {
	case m.Version != X402Version:
		return nil, fmt.Errorf("%w: x402Version %d, want %d", ErrPaymentTerms, m.Version, X402Version)
	case len(m.Accepts) == 0 || len(m.Accepts) > maxAccepts:
		return nil, fmt.Errorf("%w: %d ways to pay, want 1 to %d", ErrPaymentTerms, len(m.Accepts), maxAccepts)
	}
	for i := range m.Accepts {
		m.Accepts[i].Description, m.Accepts[i].Extra.How = clip(m.Accepts[i].Description), clip(m.Accepts[i].Extra.How)
	}
	return &PaymentRequired{Version: m.Version, Resource: m.Resource, Accepts: m.Accepts}, nil
}

// ByChannel is the first option that pays a payee by channel on a chain. Errors: [ErrPaymentTerms], [ErrPrice].
func (p *PaymentRequired) ByChannel(chainID, payee string) (PaymentOption, error) {
	for _, o := range p.Accepts {
		if o.Scheme != SchemeChannel || o.Network != Network(chainID) || o.Asset != AssetNagon || o.PayTo != payee {
			continue
		}
		if o.Amount != o.MaxAmountRequired {
			return PaymentOption{}, fmt.Errorf("%w: amount %d, maxAmountRequired %d, want the same", ErrPaymentTerms, o.Amount, o.MaxAmountRequired)
		}
		return o, o.Extra.Price.Validate()
	}
	return PaymentOption{}, fmt.Errorf("%w: none of %d ways to pay is scheme %s to %.90q on %s", ErrPaymentTerms, len(p.Accepts), SchemeChannel, payee, Network(chainID))
}

// paymentPayload is x402's PaymentPayload, as far as it is read: what was accepted says nothing that the voucher does not.
type paymentPayload struct {
	Version int `json:"x402Version"`
	Payload struct {
		Voucher string `json:"voucher"`
	} `json:"payload"`
}

// VoucherText is the voucher on a request as text, "" if there is none: of Agon-Voucher, or of x402's PAYMENT-SIGNATURE, which byX402 tells. Errors: [ErrVoucher].
func VoucherText(h http.Header) (voucher string, byX402 bool, err error) {
	own, foreign := h.Values(HeaderVoucher), h.Values(HeaderPaymentSignature)
	switch {
	case len(own)+len(foreign) == 0:
		return "", false, nil
	case len(own)+len(foreign) > 1:
		// One given twice could be read differently by two readers.
		return "", false, fmt.Errorf("%w: %s and %s are given %d times, want once", ErrVoucher, HeaderVoucher, HeaderPaymentSignature, len(own)+len(foreign))
	case len(own) == 1:
		return own[0], false, nil
	}
	if len(foreign[0]) > maxTerms {
		return "", true, fmt.Errorf("%w: %s has %d characters, want at most %d", ErrVoucher, HeaderPaymentSignature, len(foreign[0]), maxTerms)
	}
	raw, err := base64.StdEncoding.DecodeString(foreign[0])
	var p paymentPayload
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	switch {
	case err != nil:
		return "", true, fmt.Errorf("%w: %s is no base64 of a JSON object: %w", ErrVoucher, HeaderPaymentSignature, err)
	case p.Version != X402Version || p.Payload.Voucher == "":
		return "", true, fmt.Errorf("%w: %s wants x402Version %d and payload.voucher", ErrVoucher, HeaderPaymentSignature, X402Version)
	}
	return p.Payload.Voucher, true, nil
}

// Charge is what a miner says that a call cost, and all calls on its channel so far.
type Charge struct {
	Cost  uint64
	Spent uint64
}

// Set puts the charge on a reply. In a stream it stands in the receipt's event instead.
func (c Charge) Set(h http.Header) {
	h.Set(HeaderCost, strconv.FormatUint(c.Cost, 10))
	h.Set(HeaderSpent, strconv.FormatUint(c.Spent, 10))
}

// ParseCharge reads what Set writes; nil where neither header is there. Errors: [ErrCharge].
func ParseCharge(h http.Header) (*Charge, error) {
	cost, spent := h.Values(HeaderCost), h.Values(HeaderSpent)
	if len(cost)+len(spent) == 0 {
		return nil, nil
	}
	if len(cost) != 1 || len(spent) != 1 {
		return nil, fmt.Errorf("%w: %s is given %d times and %s %d times, want each once", ErrCharge, HeaderCost, len(cost), HeaderSpent, len(spent))
	}
	return newCharge(cost[0], spent[0])
}

func newCharge(cost, spent string) (*Charge, error) {
	c, err := strconv.ParseUint(cost, 10, 64)
	s, err2 := strconv.ParseUint(spent, 10, 64)
	if err := errors.Join(err, err2); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCharge, err)
	}
	if c > s {
		return nil, fmt.Errorf("%w: cost %d is more than all that was spent, %d", ErrCharge, c, s)
	}
	return &Charge{c, s}, nil
}

// SetSettlement tells an x402 client what its call cost. No transaction is named: a voucher is settled later, with others.
func (c Charge) SetSettlement(h http.Header, chainID, payer string) {
	b, err := json.Marshal(map[string]any{
		"success": true, "transaction": "", "network": Network(chainID), "payer": payer, "amount": "",
		"extra": map[string]string{"chargedAmount": strconv.FormatUint(c.Cost, 10), "spent": strconv.FormatUint(c.Spent, 10)},
	})
	if err != nil {
		return // the headers of Set say the same
	}
	h.Set(HeaderPaymentResponse, base64.StdEncoding.EncodeToString(b))
}
