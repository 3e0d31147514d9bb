/* heading.c: which field of an item a column head of a tracker names.
 * Floor 1, noun: heading.  The words come from trackers in English, French,
 * Spanish, Portuguese, Russian, Arabic and Kazakh; all are folded by hw_fold.
 * A head that is not listed is left to the person who imports: a wrong column
 * is worse than a question. So a start date is not read as a deadline (items
 * have no such field), and "Completion date", which some mean as a target and
 * some as a fact, is not read at all. */
#include <string.h>

#include "headway/schema.h"
#include "proto/fold.h"

/* A longer cell is text, not a column head. */
enum { HEADING_BYTES_MAX = 400 };

struct heading {
    const char *field;
    const char *words; /* as hw_fold_listed wants them */
};

static const struct heading headings[] = {
    {"title", "title|action|actions|action item|action items|action point|action points|activity|activities|key action|"
              "key actions|key activity|key activities|planned activity|planned activities|proposed action|task|tasks|"
              "task name|milestone|milestones|commitment|commitments|promise|priority areas of work|"
              "priority area of work|recommendation|recommendations|what|activity/action|next step|next steps|measure|"
              "titre|activite|activites|mesure|mesures|tache|taches|engagement|recommandation|recommandations|titulo|"
              "actividad|actividades|medida|medidas|accion|acciones|tarea|tareas|compromiso|recomendacion|"
              "recomendaciones|acao|acoes|atividade|atividades|tarefa|tarefas|compromisso|recomendacao|recomendacoes|"
              "мероприятие|мероприятия|наименование мероприятия|наименование мероприятий|наименование|название|"
              "действие|действия|задача|задачи|рекомендация|рекомендации|содержание мероприятия|النشاط|نشاط|الانشطة|"
              "الاجراء|الاجراءات|المهمة|المهام|العنوان|التوصية|التوصيات|іс шара|іс шаралар|іс шараның атауы|атауы|"
              "actions prioritaires|activites prevues|activites planifiees|actividades previstas|"
              "actividades planificadas|acciones prioritarias|atividades previstas|atividades planejadas|"
              "планируемые мероприятия|запланированные мероприятия|іс шаралар атауы|agreed action|"
              "agreed actions|proposed activity|proposed activities|main activities|priority action|"
              "priority actions|name of activity|name of action|que"},
    {"responsible", "responsible|responsible party|responsible parties|responsible person|responsible persons|"
                    "responsible unit|responsible agency|responsible agencies|responsible organisation|"
                    "responsible organization|responsible entity|responsibility|responsibilities|owner|owners|"
                    "action owner|lead|leads|lead agency|lead agencies|lead organisation|lead organization|actor|"
                    "actors|assigned to|assignee|assigned|assign|who|by whom|focal point|implementing agency|"
                    "responsable|responsables|pilote|pilotes|porteur|chef de file|acteur|acteurs|qui|"
                    "entite responsable|partie responsable|structure responsable|entidad responsable|"
                    "parte responsable|encargado|encargada|responsavel|responsaveis|entidade responsavel|quem|quien|"
                    "ответственный|ответственная|ответственные|ответственный исполнитель|ответственные исполнители|"
                    "ответственное лицо|ответственная организация|исполнитель|исполнители|الجهة المسوولة|"
                    "الجهات المسوولة|المسوول|المسوولون|مسوول|الجهة المنفذة|жауапты|жауаптылар|жауапты орындаушы|"
                    "жауапты орындаушылар|орындаушы|орындаушылар|"
                    "responsible office|responsible officer|responsible staff|responsible division|"
                    "responsible department|responsible institution|responsible institutions|"
                    "responsible ministry|responsible agency/agencies|responsible agency/ies|"
                    "responsible entities|responsible entity/entities|person responsible|persons responsible|"
                    "agency responsible|lead entity|lead partner|lead institution|implementing agencies|"
                    "implementing partner|implementing partners|implementing entity|implementing entities|"
                    "responsable de l'action|responsable de mise en oeuvre|institution responsable|"
                    "organisme responsable|service responsable|institucion responsable|"
                    "instituciones responsables|area responsable|unidad responsable|organismo responsable|"
                    "dependencia responsable|responsavel pela acao|orgao responsavel|instituicao responsavel|"
                    "ответственные за исполнение|ответственный за исполнение|ответственный за реализацию|"
                    "ответственные за реализацию|ответственные лица|ответственный орган|المسوول عن التنفيذ|"
                    "الجهة المعنية|الجهات المعنية|жауапты мекеме|жауапты тұлға"},
    {"deadline", "deadline|deadlines|due|due date|due by|date due|target date|timeline|timelines|time line|time frame|"
                 "timeframe|timing|by when|when|end date|finish|finish date|end|planned completion date|"
                 "expected completion date|target completion date|completion deadline|schedule|echeance|echeances|"
                 "date d'echeance|date limite|date cible|date de fin|calendrier|delai|delais|quand|plazo|plazos|"
                 "fecha limite|fecha de vencimiento|fecha prevista|fecha de entrega|fecha fin|fechafin|"
                 "fecha de fin|fecha final|vencimiento|calendario|cronograma|cuando|prazo|prazos|data limite|"
                 "data de fim|data fim|data final|data prevista|срок|сроки|срок исполнения|сроки исполнения|"
                 "срок выполнения|сроки выполнения|срок реализации|сроки реализации|дата окончания|крайний срок|"
                 "تاريخ النهاية|تاريخ الانتهاء|الموعد النهايي|الموعد|تاريخ الاستحقاق|الاطار الزمني|الجدول الزمني|"
                 "мерзімі|мерзім|орындау мерзімі|орындалу мерзімі|іске асыру мерзімі|аяқталу күні|"
                 "planned date|planned end date|expected date|expected end date|"
                 "expected date of completion|target completion|target deadline|target end date|"
                 "delivery date|due on|date for completion|implementation period|period of implementation|"
                 "date butoir|delai d'execution|periode d'execution|periode de mise en oeuvre|"
                 "fecha limite de entrega|fecha de termino|fecha estimada|fecha objetivo|fecha compromiso|"
                 "periodo de ejecucion|data de conclusao prevista|data de termino|"
                 "periodo de execucao|срок завершения|срок проведения|сроки проведения|период реализации|"
                 "المدة الزمنية|الفترة الزمنية|орындау мерзімдері"},
    {"status", "status|state|progress|current status|implementation status|status of implementation|"
               "progress status|completion status|statut|etat|etat d'avancement|avancement|etat de mise en oeuvre|"
               "etat de realisation|estado|estatus|estado actual|estado de avance|situacion|situacao|estado atual|"
               "статус|состояние|статус исполнения|статус выполнения|ход исполнения|ход выполнения|الحالة|حالة|"
               "حالة التنفيذ|الوضع|وضع التنفيذ|мәртебесі|мәртебе|күйі|жағдайы|орындалу барысы|"
               "overall status|status of completion|niveau d'avancement|niveau d'execution|"
               "niveau de realisation|etat d'execution|estado de implementacion|estado de cumplimiento|"
               "estado de ejecucion|nivel de avance|nivel de cumplimiento|estado de implementacao|"
               "estado de execucao|andamento|статус реализации|ход реализации|отметка об исполнении|"
               "отметка о выполнении|مستوى التنفيذ|مستوى الانجاز|іске асырылу барысы"},
    {"comment", "comment|comments|note|notes|remark|remarks|observation|observations|progress and follow up|"
                "progress & follow up|follow up|status comments|comments/notes|commentaire|commentaires|remarque|"
                "remarques|suivi|observacion|observaciones|comentario|comentarios|nota|notas|seguimiento|observacao|"
                "observacoes|примечание|примечания|комментарий|комментарии|замечания|ملاحظات|ملاحظة|الملاحظات|تعليق|"
                "تعليقات|التعليقات|المتابعة|ескерту|ескертпе|ескертулер|пікір|түсініктеме|"
                "update|updates|latest update|latest updates|status update|status updates|"
                "progress to date|progress made|progress update|achievements|comments and follow up|"
                "comments/follow up|avances|avancees|progres realises|progres accomplis|avancos|"
                "текущая ситуация|результат исполнения|достигнутые результаты|التقدم المحرز"},
    {"countries", "country|countries|country name|country/countries|location|country or area|pays|pais|paises|"
                  "страна|страны|البلد|البلدان|الدولة|الدول|ел|елдер|мемлекет|"
                  "country/ies|countries covered|countries concerned|country covered|pays concerne|"
                  "pays concernes|paises involucrados|paises participantes|paises abrangidos|страна/страны|"
                  "البلدان المعنية"},
    {"number", "number|no|n|nr|num|#|no п/п|n°|item no|item number|action no|action number|ref no|s/n|sn|serial|"
               "numero|n.o|номер|п/п|номер п/п|الرقم|رقم|م|нөмірі|р/с|р/с no|"
               "s.no|s. no|sl. no|sl no|sr. no|sr no|ser. no"},
    {"type", "type|item type|kind|category of action|type d'action|tipo|тип|вид|النوع|نوع|түрі|түр"},
    {"description", "description|details|detail|detailed description|summary|background|context|description detaillee|"
                    "details de l'action|contexte|descriptif|descripcion|detalle|detalles|descricao|detalhe|detalhes|"
                    "описание|подробности|подробное описание|содержание|الوصف|وصف|التفاصيل|сипаттама|сипаттамасы|"
                    "мазмұны|"
                    "activity description|description of activity|action description|description of action|"
                    "description of the action|task description|description de l'activite|"
                    "description de l'action|descripcion de la actividad|descripcion de la accion|"
                    "descricao da atividade|descricao da acao|описание мероприятия"},
    {"progress", "progress (%)|progress %|% progress|progress in %|progress percent|% complete|% completed|% done|"
                 "percent complete|percentage complete|percent|percentage|completion|completion %|completion pct|"
                 "completion rate|%|avancement (%)|% avancement|taux d'avancement|taux de realisation|pourcentage|"
                 "avance|avance (%)|% avance|% de avance|porcentaje|porcentaje de avance|progreso|progreso (%)|"
                 "progresso|progresso (%)|% concluido|percentagem|porcentagem|процент выполнения|процент исполнения|"
                 "% выполнения|прогресс|نسبة الانجاز|نسبة التنفيذ|التقدم|نسبة التقدم|орындалу пайызы|пайыз|"
                 "taux d'execution"},
    {"themes", "theme|themes|thematic area|thematic areas|topic|topics|sector|sectors|area|category|categories|"
               "tag|tags|cluster|priority|priorities|priority level|priority area|priority areas|pillar|thematique|"
               "thematiques|domaine|secteur|categorie|priorite|priorites|axe|tema|temas|area tematica|categoria|"
               "sector tematico|prioridad|prioridades|eje|setor|prioridade|eixo|тема|темы|направление|"
               "направления|сектор|категория|приоритет|приоритеты|الموضوع|المجال|القطاع|الفية|الاولوية|الاولويات|"
               "тақырып|тақырыбы|бағыт|басымдық|"
               "thematic priority|thematic priorities|priorite thematique|prioridad tematica"},
    {"references", "reference|references|ref|refs|synergies|synergy|synergies with other processes|linkages|links|"
                   "related processes|sdg|sdgs|sdg target|sdg targets|related sdgs|odd|ods|ссылка|ссылки|цур|"
                   "synergies avec d'autres processus|liens|referencia|referencias|sinergias|vinculos|المراجع|مرجع|"
                   "اهداف التنمية المستدامة|сілтеме|сілтемелер|"
                   "sdg goal|sdg goals|sdg indicator|sdg indicators|sdg link|link to sdgs|links to sdgs|"
                   "linkage to sdgs|sdg linkage|gcm objective|gcm objectives|related gcm objectives|"
                   "contribution to sdgs|cible odd|cibles odd|meta ods|metas ods|цели устойчивого развития"},
    {"reason", "reason|reasons|reason for delay|reasons for delay|justification|explanation|reason for cancellation|"
               "raison|raisons|motif|motifs|motivo|motivos|razon|justificacion|razao|justificativa|justificacao|"
               "причина|причины|обоснование|السبب|الاسباب|المبررات|себебі|себеп"},
    {"completed_on", "completed on|date completed|completed date|actual completion date|actual end date|date closed|"
                     "closed on|delivered on|acheve le|realise le|date d'achevement|date de realisation|"
                     "fecha de cumplimiento|fecha de conclusion|fecha real de finalizacion|data de conclusao|"
                     "concluido em|дата исполнения|дата выполнения|фактическая дата завершения|"
                     "фактическая дата исполнения|تاريخ الانجاز|تاريخ التنفيذ|تاريخ الاكتمال|орындалған күні"},
};

static const char *listed(const char *folded)
{
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (hw_fold_listed(headings[i].words, folded))
            return headings[i].field;
    return NULL;
}

/* The head without what stands in brackets: "Owner(s)", "Timeline (month and
 * year)". NULL when there are no brackets. */
static const char *without_brackets(struct hw_arena *arena, const char *folded)
{
    const char *open = strchr(folded, '(');
    const char *close = open != NULL ? strchr(open, ')') : NULL;
    if (close == NULL)
        return NULL;
    const char *rest = hw_arena_printf(arena, "%.*s%s", (int)(open - folded), folded, close + 1);
    return hw_fold_word(arena, hw_slice_text(rest));
}

/* A bilingual head, "Deadline / Échéance": every part must name the same
 * field. NULL when there is no stroke or the parts differ. */
static const char *every_part(struct hw_arena *arena, const char *folded)
{
    const char *field = NULL;
    if (strchr(folded, '/') == NULL)
        return NULL;
    for (const char *part = folded; part != NULL;) {
        size_t n = strcspn(part, "/");
        const char *word = hw_fold_word(arena, (struct hw_slice){(const uint8_t *)part, n});
        const char *found = listed(word);
        if (found == NULL || (field != NULL && strcmp(found, field) != 0))
            return NULL;
        field = found;
        part = part[n] == '/' ? part + n + 1 : NULL;
    }
    return field;
}

/* "Who?", "¿Quién?" */
static const char *without_marks(struct hw_arena *arena, const char *folded)
{
    static const char *const marks[] = {"\u00bf", "?", "\u061f"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        const char *mark = strstr(folded, marks[i]);
        if (mark != NULL)
            folded = hw_arena_printf(arena, "%.*s%s", (int)(mark - folded), folded, mark + strlen(marks[i]));
    }
    return hw_fold_word(arena, hw_slice_text(folded));
}

/* "Status as of June 2019": NULL when no day is named so. */
static const char *without_day(struct hw_arena *arena, const char *folded)
{
    const char *day = strstr(folded, " as of ");
    return day != NULL ? hw_arena_printf(arena, "%.*s", (int)(day - folded), folded) : NULL;
}

const char *hw_heading_field(struct hw_slice header)
{
    if (header.n == 0 || header.n > HEADING_BYTES_MAX)
        return NULL;
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    const char *folded = without_marks(&arena, hw_fold_word(&arena, header));
    const char *bare = without_brackets(&arena, folded), *undated = without_day(&arena, folded);
    const char *field = listed(folded);
    if (field == NULL && undated != NULL)
        field = listed(undated);
    if (field == NULL && bare != NULL)
        field = listed(bare);
    if (field == NULL)
        field = every_part(&arena, bare != NULL ? bare : folded);
    return field;
}
