package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/agon-chain/agon/internal/sse"
	"github.com/agon-chain/agon/wire"
)

// maxRelayed bounds an answer that came through a gateway.
const maxRelayed = 16 << 20

// Gateway calls miners through a gateway that cannot read the calls: bodies are sealed here to the miner's key, answers opened here. The gateway signs and
// pays, for whoever holds its API key. Who asks the gateway itself for miners' keys trusts it with them: take them from the chain ([Client.Miners] and the
// neuron's axon), or compare.
type Gateway struct {
	URL     string // without /v1
	Key     string // API key
	ChainID string
	HTTP    *http.Client // nil: http.DefaultClient
}

// Sealed is one call through a gateway.
type Sealed struct {
	Netuid     uint16
	Hotkey     string
	ServiceKey wire.ServicePublic // whose receipt is believed
	SealingKey []byte             // of the miner's axon
	Path       string             // route of the subnet's task
	Body       []byte             // JSON
	MaxTokens  uint32             // as in the body: the gateway cannot read it, and bounds the cost by it; 0: the gateway's bound
}

// Call asks and opens the answer. Errors: a *wire.APIError of miner or gateway, and wire's of receipts and sealing.
func (g *Gateway) Call(ctx context.Context, s Sealed) (body []byte, receipt *wire.Receipt, err error) {
	resp, sealed, opener, err := g.send(ctx, s, wire.ContentTypeSealed)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxRelayed+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > maxRelayed {
		return nil, nil, wire.ErrReplyTooLarge
	}
	if receipt, err = s.receipt(resp.Header.Get(wire.HeaderReceipt), g.ChainID, sealed, wire.BodyHash(raw)); err != nil {
		return nil, nil, err
	}
	body, end, err := opener.Open(raw)
	if err == nil && !end {
		err = fmt.Errorf("%w: the answer is no whole record", wire.ErrTruncated)
	}
	return body, receipt, err
}

// Stream asks for events and opens each; onEvent must not keep the slice. Only a nil error says that they are all, and the miner's. Errors: those of [Gateway.Call],
// and onEvent's own.
func (g *Gateway) Stream(ctx context.Context, s Sealed, onEvent func(data []byte) error) (*wire.Receipt, error) {
	resp, sealed, opener, err := g.send(ctx, s, wire.ContentTypeStream)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	in, sum := sse.NewReader(resp.Body, maxRelayed), sha256.New()
	for {
		e, err := in.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", wire.ErrTruncated, err)
		}
		if e.Name == wire.EventReceipt {
			var d struct {
				Receipt string `json:"receipt"`
			}
			if err := json.Unmarshal(e.Data, &d); err != nil {
				return nil, fmt.Errorf("%w: %w", wire.ErrReceipt, err)
			}
			receipt, err := s.receipt(d.Receipt, g.ChainID, sealed, wire.Hash(sum.Sum(nil)))
			if err != nil {
				return nil, err
			}
			return receipt, opener.Close()
		}
		sum.Write(e.Raw)
		if bytes.HasPrefix(e.Data, []byte(`{"error":`)) {
			return nil, wire.ParseAPIError(http.StatusBadGateway, e.Data)
		}
		record, err := base64.RawURLEncoding.DecodeString(string(e.Data))
		if err != nil {
			return nil, fmt.Errorf("%w: event is not unpadded base64url", wire.ErrSealed)
		}
		data, end, err := opener.Open(record)
		if err != nil {
			return nil, err
		}
		if end {
			continue
		}
		if err := onEvent(data); err != nil {
			return nil, err
		}
	}
}

func (g *Gateway) send(ctx context.Context, s Sealed, accept string) (*http.Response, []byte, *wire.ResponseOpener, error) {
	fail := func(err error) (*http.Response, []byte, *wire.ResponseOpener, error) { return nil, nil, nil, err }
	if len(s.SealingKey) == 0 {
		return fail(ErrNoSealing)
	}
	key, err := wire.ParseSealingPublic(s.SealingKey)
	if err != nil {
		return fail(err)
	}
	sealed, opener, err := wire.SealRequest(key, wire.SealBinding(g.ChainID, s.Hotkey, http.MethodPost, s.Path), s.Body)
	if err != nil {
		return fail(err)
	}
	url := fmt.Sprintf("%s/v1/tasks/%d", strings.TrimRight(g.URL, "/"), s.Netuid)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(sealed))
	if err != nil {
		return fail(err)
	}
	req.Header.Set("Content-Type", wire.ContentTypeSealed)
	req.Header.Set("Accept", accept)
	req.Header.Set("Authorization", "Bearer "+g.Key)
	req.Header.Set("Agon-Miner", fmt.Sprintf("%d/%s", s.Netuid, s.Hotkey))
	if s.MaxTokens > 0 {
		req.Header.Set("Agon-Max-Tokens", strconv.FormatUint(uint64(s.MaxTokens), 10))
	}
	h := g.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	resp, err := h.Do(req)
	if err != nil {
		return fail(err)
	}
	if resp.StatusCode != http.StatusOK {
		raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return fail(errors.Join(wire.ParseAPIError(resp.StatusCode, raw), err, resp.Body.Close()))
	}
	return resp, sealed, opener, nil
}

// receipt judges what the miner signed: its key, the question that was sealed here and the bytes that came. Of the request, which the gateway signed, it says nothing.
func (s Sealed) receipt(text, chainID string, sealed []byte, response wire.Hash) (*wire.Receipt, error) {
	if text == "" {
		return nil, wire.ErrNoReceipt
	}
	r, err := wire.ParseReceipt(text)
	if err != nil {
		return nil, err
	}
	if err := r.Verify(s.ServiceKey); err != nil {
		return nil, err
	}
	if r.ChainIDHash != wire.ChainIDHash(chainID) || r.Netuid != s.Netuid || r.QuestionHash != wire.BodyHash(sealed) || r.ResponseHash != response || r.Status != http.StatusOK {
		return nil, fmt.Errorf("%w: it is of another question or answer", wire.ErrReceiptMismatch)
	}
	return &r, nil
}
