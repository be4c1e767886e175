package ledger

import (
	"encoding/json"
	"fmt"

	"qyragy/proctor"
)

func fact(kind, data string) (proctor.Fact, error) {
	f, err := proctor.NewFact(kind)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(data), f); err != nil {
		return nil, fmt.Errorf("read %s: %w", kind, err)
	}
	return f, nil
}
