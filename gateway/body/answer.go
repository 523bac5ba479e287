package body

import "bytes"

// WithoutLogprobs takes the log-probabilities out of the choices of an answer or of an event: null stands in their place. What is no such answer stays as it is.
func WithoutLogprobs(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`"logprobs"`)) {
		return raw
	}
	o, err := Parse(raw)
	if err != nil {
		return raw
	}
	list := []byte{'['}
	for i, e := range Elements(o.Get("choices")) {
		if i > 0 {
			list = append(list, ',')
		}
		if c, err := Parse(e); err == nil && c.find("logprobs") != nil {
			c.Set("logprobs", []byte("null"))
			e = c.Bytes()
		}
		list = append(list, e...)
	}
	if o.find("choices") == nil {
		return raw
	}
	o.Set("choices", append(list, ']'))
	return o.Bytes()
}
