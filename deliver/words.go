package deliver

import (
	"fmt"

	"qyragy/proctor"
)

// sentence is what a system of record shows beside a score or a time, in the
// language of the act.
func sentence(x Item) string {
	switch {
	case x.Effect == proctor.EffectAnnul:
		return fmt.Sprintf("АКТ № %s: емтихан нәтижесі жойылды (5.3.14-тармақ, Қосымша А)", x.Number)
	case x.Effect == proctor.EffectRestore:
		return fmt.Sprintf("АКТ № %s күшін жойды: емтихан нәтижесі қалпына келтірілді", x.Number)
	case x.Act != "":
		return fmt.Sprintf("АКТ № %s: техникалық ақау бойынша шешім (5.3.15-тармақ, Қосымша Б)", x.Number)
	}
	return "Емтиханды жеке кесте бойынша тапсыру (5.3.10-тармақ)"
}
