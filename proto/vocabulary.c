/* vocabulary.c: what each enum may be, and the words people use for it.
 * Floor 1, noun: vocabulary.  Values are permanent; names are what is printed;
 * synonyms are what is understood, folded by hw_fold (a test checks that), in
 * English, French, Spanish, Portuguese, Russian, Arabic and Kazakh where real
 * trackers use them. The source's own label is kept beside the value, so a
 * rough synonym loses nothing. */
#include "proto/vocabulary.h"

#include <string.h>

#include "headway/when.h"
#include "proto/fold.h"

#define WORDS(vocabulary, label, words) \
    const struct hw_vocabulary vocabulary = {label, words, sizeof(words) / sizeof((words)[0])}

static const struct hw_word office_kind[] = {
    {1, "hq", "headquarters|headquarter|head office|siege|sede|sede central|штаб квартира|المقر|المقر الرييسي"},
    {2, "regional", "regional office|region|ro|bureau regional|oficina regional|escritorio regional|"
                    "региональный|региональное отделение|المكتب الاقليمي|مكتب اقليمي"},
    {3, "multi-country", "mco|multi country office|multicountry|bureau multipays|multipays|multipais|многострановой"},
    {4, "country", "country office|co|bureau de pays|bureau pays|oficina de pais|escritorio de pais|"
                   "страновой|страновой офис|المكتب القطري|مكتب قطري"},
    {5, "programme", "program|programme office|programme presence|programa|программа|برنامج"},
};
WORDS(hw_words_office_kind, "office kind", office_kind);

static const struct hw_word office_state[] = {
    {1, "invited", "invite|invitado|convidado|приглашен|مدعو"},
    {2, "active", "actif|activo|ativo|активен|نشط"},
    {3, "revoked", "revoque|revocado|revogado|отозван|ملغى"},
};
WORDS(hw_words_office_state, "office state", office_state);

static const struct hw_word incarnation_reason[] = {
    {1, "first", NULL}, {2, "restored", "restore"}, {3, "fork", NULL}, {4, "clone", NULL}, {5, "rotation", "rotate"},
    {6, "replaced", "replace"}, {7, "bundle", NULL},
};
WORDS(hw_words_incarnation_reason, "incarnation reason", incarnation_reason);

static const struct hw_word grant_role[] = {
    {1, "coordinator", "coordinateur|coordinatrice|coordinador|coordinadora|coordenador|coordenadora|координатор|منسق"},
    {2, "contributor", "contributeur|contributrice|colaborador|colaboradora|contribuidor|участник|مساهم"},
    {3, "reader", "read only|lecteur|lectrice|lector|lectora|leitor|leitora|читатель|قاري"},
};
WORDS(hw_words_grant_role, "role", grant_role);

static const struct hw_word group_kind[] = {
    {1, "working group", "wg|groupe de travail|grupo de trabajo|grupo de trabalho|рабочая группа|فريق عامل|"
                         "فريق العمل|مجموعة عمل|жұмыс тобы"},
    {2, "theme group", "thematic group|thematic working group|gtg|groupe thematique|grupo tematico|"
                       "тематическая группа|مجموعة مواضيعية|тақырыптық топ"},
    {3, "alliance", "coalition|issue based coalition|ibc|partnership|alianza|coalicion|alianca|coalizao|"
                    "альянс|коалиция|تحالف|альянс"},
    {4, "network", "reseau|red|rede|сеть|شبكة|желі"},
    {5, "task force", "taskforce|task team|groupe d'etude|equipe speciale|equipo de tareas|grupo de tareas|"
                      "forca tarefa|целевая группа|فرقة عمل"},
    {6, "committee", "steering committee|comite|comite directeur|comite directivo|комитет|لجنة|комитет"},
};
WORDS(hw_words_group_kind, "group kind", group_kind);

static const struct hw_word member_role[] = {
    {1, "chair", "chairperson|president|presidente|presidencia|presidence|председатель|رييس|төраға"},
    {2, "co-chair", "cochair|co president|copresident|copresidente|copresidencia|сопредседатель|رييس مشارك"},
    {3, "lead", "leads|leader|lead agency|chef de file|pilote|lider|ведущий|ведущее агентство|قايد|الجهة الرايدة"},
    {4, "co-lead", "colead|co leads|co leader|co chef de file|colider|соведущий|قايد مشارك"},
    {5, "member", "members|membre|miembro|membro|член|участник|عضو|мүше"},
    {6, "secretariat", "secretary|secretaria|secretariado|секретариат|الامانة|امانة|хатшылық"},
    {7, "contact", "contacts|contact person|focal point|contacts of leads|point focal|contacto|punto focal|"
                   "contato|ponto focal|контакт|контактное лицо|координатор|جهة الاتصال|منسق"},
    {8, "technical supporter", "technical support|technical partner|soutien technique|appui technique|apoyo tecnico|"
                               "apoio tecnico|техническая поддержка|دعم فني"},
    {9, "observer", "observers|observateur|observador|наблюдатель|مراقب|бақылаушы"},
};
WORDS(hw_words_member_role, "member role", member_role);

static const struct hw_word member_state[] = {
    {1, "proposed", "tbc|to be confirmed|propose|a confirmer|propuesto|por confirmar|proposto|a confirmar|"
                    "предложен|مقترح|ұсынылған"},
    {2, "confirmed", "active|agreed|confirme|confirmado|подтвержден|موكد|расталған"},
};
WORDS(hw_words_member_state, "member state", member_state);

/* model.md names no words for this state; these follow the life of a
 * commitment: announced, in force, interrupted, taken back. */
static const struct hw_word participation_state[] = {
    {1, "proposed", "candidate|interested|tbc|propose|candidat|propuesto|candidato|proposto|кандидат|مرشح"},
    {2, "active", "confirmed|committed|pathfinder|pathfinder country|pays pionnier|pais pionero|pais pioneiro|"
                  "страна первопроходец|البلد الرايد|actif|activo|ativo"},
    {3, "suspended", "on hold|paused|suspendu|suspendido|suspenso|приостановлено|معلق"},
    {4, "withdrawn", "left|ended|retire|retirado|вышла|انسحب"},
};
WORDS(hw_words_participation_state, "participation state", participation_state);

static const struct hw_word plan_state[] = {
    {1, "draft", "zero draft|projet|brouillon|borrador|rascunho|minuta|проект|черновик|مسودة|жоба"},
    {2, "agreed", "final|approved|adopted|endorsed|active|approuve|adopte|valide|aprobado|acordado|aprovado|"
                  "утвержден|согласован|معتمد|бекітілген"},
    {3, "superseded", "replaced|obsolete|archived|closed|remplace|reemplazado|sustituido|substituido|заменен|مستبدل"},
};
WORDS(hw_words_plan_state, "plan state", plan_state);

static const struct hw_word date_order[] = {
    {1, "dmy", "day first|dd/mm/yyyy|d/m/y"},
    {2, "mdy", "month first|mm/dd/yyyy|m/d/y"},
};
WORDS(hw_words_date_order, "date order", date_order);

static const struct hw_word item_type[] = {
    {HW_ITEM_OBJECTIVE, "objective", "objectives|goal|goals|outcome|outcomes|aim|objectif|objectifs|but|resultat|"
                                     "objetivo|objetivos|meta general|цель|цели|задача|هدف|الهدف|الاهداف|мақсат"},
    {HW_ITEM_SERVICE, "service", "services|servicio|servicios|servico|servicos|услуга|услуги|خدمة|الخدمات|қызмет"},
    {HW_ITEM_PRIORITY, "priority", "priorities|priority area|priority areas of work|area of work|priorite|priorites|"
                                   "domaine prioritaire|axe|axe prioritaire|prioridad|prioridades|area prioritaria|"
                                   "prioridade|приоритет|приоритеты|направление|اولوية|الاولويات|басымдық"},
    {HW_ITEM_ACTIVITY, "activity", "activities|action|actions|key action|task|tasks|measure|action item|activite|"
                                   "activites|mesure|tache|actividad|actividades|accion|acciones|medida|tarea|tareas|"
                                   "atividade|atividades|acao|acoes|tarefa|мероприятие|мероприятия|действие|"
                                   "деятельность|мера|نشاط|النشاط|انشطة|الانشطة|اجراء|іс шара|іс шаралар"},
    {HW_ITEM_DELIVERABLE, "deliverable", "deliverables|output|outputs|product|products|livrable|livrables|produit|"
                                         "produits|entregable|entregables|producto|productos|entregavel|entregaveis|"
                                         "produto|produtos|продукт|результат|результаты|مخرج|مخرجات|المخرجات|өнім|нәтиже"},
    {HW_ITEM_MILESTONE, "milestone", "milestones|jalon|jalons|hito|hitos|marco|marcos|веха|вехи|этап|معلم|معالم|кезең"},
    {HW_ITEM_TARGET, "target", "targets|cible|cibles|meta|metas|целевой показатель|показатель|غاية|الغايات|مستهدف"},
    {HW_ITEM_NEXT_STEP, "next step", "next steps|way forward|follow up|etape suivante|prochaine etape|"
                                     "prochaines etapes|proximo paso|proximos pasos|proximo passo|proximos passos|"
                                     "следующий шаг|следующие шаги|дальнейшие шаги|الخطوة التالية|الخطوات التالية|"
                                     "келесі қадам"},
    {HW_ITEM_RECOMMENDATION, "recommendation", "recommendations|recommandation|recommandations|recomendacion|"
                                               "recomendaciones|recomendacao|recomendacoes|рекомендация|рекомендации|"
                                               "توصية|التوصية|توصيات|التوصيات|ұсыныс"},
    {HW_ITEM_ENGAGEMENT, "engagement", "engagement rule|rule of engagement|engagements|mobilisation|participacion|"
                                       "participacao|взаимодействие|участие|مشاركة|өзара іс қимыл"},
    {HW_ITEM_RESOURCE_NEED, "resource need", "resource needs|required resources|resources required|resources needed|"
                                             "needs|besoin en ressources|ressources necessaires|ressources requises|"
                                             "recursos necesarios|recursos requeridos|necesidad de recursos|"
                                             "recursos necessarios|необходимые ресурсы|потребность в ресурсах|"
                                             "الموارد المطلوبة|الموارد اللازمة|қажетті ресурстар"},
};
WORDS(hw_words_item_type, "item type", item_type);

/* Two rules for what trackers really say. What is late is still in progress:
 * lateness is derived from the deadline and never stored. What was "not
 * delivered" has not been given up, and counting it as cancelled would take it
 * out of the percentage: it is not started. */
static const struct hw_word status[] = {
    {HW_STATUS_PROPOSED, "proposed",
     "suggested|draft|idea|propose|proposee|proposition|suggere|propuesto|propuesta|sugerido|proposto|proposta|"
     "предложено|предложен|предложена|предлагается|предложение|مقترح|مقترحة|ұсынылды|ұсынылған"},
    {HW_STATUS_NOT_STARTED, "not started",
     "not yet started|not begun|not initiated|not yet initiated|not delivered|not yet due|unstarted|pending|open|new|"
     "planned|scheduled|upcoming|to do|todo|to be done|to be started|not done|not achieved|backlog|non demarre|"
     "non demarree|pas demarre|pas encore demarre|non commence|non commencee|pas commence|pas encore commence|"
     "non initie|non realise|a faire|a venir|en attente|prevu|prevue|planifie|planifiee|ouvert|no iniciado|"
     "no iniciada|sin iniciar|sin empezar|no comenzado|no realizado|pendiente|pendientes|por iniciar|por hacer|"
     "planificado|planificada|programado|programada|previsto|prevista|abierto|abierta|nao iniciado|nao iniciada|"
     "nao comecou|nao realizado|por iniciar|a iniciar|a fazer|pendente|planejado|planejada|planeado|planeada|aberto|"
     "aberta|не начато|не начат|не начата|не начаты|не начиналось|не выполнено|не исполнено|запланировано|"
     "запланирован|запланирована|планируется|ожидается|открыто|предстоит|لم يبدا|لم تبدا|لم يبدا بعد|لم تبدا بعد|"
     "لم ينفذ|لم ينجز|مخطط|مخطط له|مخططة|قيد الانتظار|مفتوح|басталмады|басталмаған|әлі басталмады|жоспарланған|"
     "жоспарланды|күтілуде|орындалмады"},
    {HW_STATUS_IN_PROGRESS, "in progress",
     "ongoing|on going|under way|underway|partly|partially|largely|mostly|initiated|in process|in course|started|begun|active|in development|delayed|"
     "late|behind schedule|overdue|on track|off track|at risk|partly delivered|partially delivered|largely delivered|"
     "largely/partly delivered|mostly delivered|partly done|partially done|partly completed|partially completed|"
     "partial|largely completed|mostly completed|substantially completed|partly achieved|partially achieved|"
     "largely achieved|wip|doing|continuing|continuous|en cours|en cours de realisation|en cours d'execution|commence|"
     "commencee|demarre|demarree|initie|en retard|retarde|partiellement realise|partiellement acheve|en proceso|"
     "en curso|en progreso|en ejecucion|en marcha|en desarrollo|iniciado|iniciada|comenzado|atrasado|atrasada|"
     "retrasado|retrasada|demorado|parcialmente cumplido|parcial|em andamento|em curso|em execucao|em progresso|"
     "em processo|andamento|parcialmente concluido|в процессе|в работе|в процессе выполнения|в процессе реализации|"
     "выполняется|исполняется|реализуется|осуществляется|ведется|ведётся|начато|начат|начата|идет|идёт|"
     "на исполнении|частично выполнено|частично исполнено|задерживается|просрочено|قيد التنفيذ|قيد الانجاز|قيد العمل|"
     "جار|جاري|جارية|جاري التنفيذ|جار التنفيذ|بدا|بدات|مستمر|متاخر|متاخرة|منجز جزييا|орындалуда|жүргізілуде|"
     "жүріп жатыр|басталды|іске асырылуда|ішінара орындалды|"
     "activo|activa|actif|ativo|under consultation|in consultation|en consulta|en consultation|"
     "em consulta|under review|in review|being reviewed|en revision|en cours d'examen|em revisao|"
     "на рассмотрении|на согласовании|قيد المراجعة|under development|in preparation|being prepared|"
     "under preparation|en preparation|en cours de preparation|en preparacion|em preparacao|"
     "в стадии подготовки|готовится|قيد الاعداد|дайындалуда"},
    {HW_STATUS_ON_HOLD, "on hold",
     "hold|held|suspended|paused|postponed|deferred|blocked|stalled|waiting|suspendu|suspendue|en pause|reporte|"
     "reportee|differe|bloque|suspendido|suspendida|en pausa|en espera|pausado|aplazado|aplazada|pospuesto|bloqueado|"
     "detenido|suspenso|suspensa|em espera|em pausa|adiado|adiada|parado|приостановлено|приостановлен|приостановлена|"
     "отложено|отложен|отложена|на паузе|заморожено|معلق|معلقة|موجل|موجلة|متوقف|тоқтатыла тұрды|кейінге қалдырылды"},
    {HW_STATUS_COMPLETED, "completed",
     "complete|done|delivered|fully delivered|achieved|fully achieved|accomplished|closed|finalised|finalized|"
     "finished|implemented|fully implemented|fulfilled|resolved|concluded|met|100%|✓|✔|✅|☑|termine|terminee|"
     "acheve|achevee|fait|faite|realise|realisee|realise a 100%|complete a 100%|finalise|finalisee|execute|executee|"
     "cloture|cloturee|clos|atteint|livre|concluido|concluida|completado|completada|terminado|terminada|finalizado|"
     "finalizada|realizado|realizada|cumplido|cumplida|hecho|ejecutado|logrado|entregado|cerrado|cerrada|completo|"
     "completa|concretizado|feito|feita|entregue|cumprido|executado|encerrado|fechado|завершено|завершен|завершена|"
     "завершены|завершён|выполнено|выполнен|выполнена|выполнены|исполнено|исполнен|исполнена|реализовано|"
     "осуществлено|сделано|готово|достигнуто|закрыто|закончено|مكتمل|مكتملة|اكتمل|اكتملت|منجز|منجزة|انجز|تم|"
     "تم التنفيذ|تم الانجاز|نفذ|منفذ|منتهي|مغلق|орындалды|аяқталды|орындалған|аяқталған|бітті|іске асырылды|"
     "published|publie|publiee|publicado|publicada|опубликовано|опубликован|опубликована|نشر|نشرت|"
     "жарияланды"},
    {HW_STATUS_NO_LONGER_APPLICABLE, "no longer applicable",
     "not applicable|no longer relevant|no longer needed|no longer required|not relevant|not needed|n/a|na|nla|"
     "obsolete|superseded|replaced|overtaken by events|sans objet|n'est plus applicable|n'est plus d'actualite|"
     "plus applicable|non applicable|n.a|s.o|so|obsolete|remplace|remplacee|ya no aplica|ya no procede|no aplica|"
     "no aplicable|ya no es aplicable|no corresponde|n.a|obsoleto|reemplazado|sustituido|nao aplicavel|"
     "nao se aplica|ja nao aplicavel|ja nao se aplica|deixou de ser aplicavel|substituido|неприменимо|не применимо|"
     "больше не применимо|более не применимо|неактуально|не актуально|утратило актуальность|заменено|"
     "не требуется|لم يعد ساريا|لم يعد منطبقا|غير قابل للتطبيق|لا ينطبق|غير منطبق|لم يعد مطلوبا|қолданылмайды|"
     "өзектілігін жоғалтты"},
    {HW_STATUS_CANCELLED, "cancelled",
     "canceled|dropped|abandoned|discontinued|withdrawn|rejected|terminated|stopped|annule|annulee|abandonne|"
     "abandonnee|supprime|supprimee|retire|rejete|cancelado|cancelada|anulado|anulada|abandonado|abandonada|"
     "descartado|descartada|suprimido|eliminado|rechazado|desistido|отменено|отменен|отменена|отменён|аннулировано|"
     "прекращено|снято|снято с контроля|отклонено|ملغى|ملغي|ملغاة|الغي|تم الالغاء|متروك|مرفوض|"
     "тоқтатылды|жойылды|бас тартылды|күші жойылды"},
};
WORDS(hw_words_status, "status", status);

static const struct hw_word resource_type[] = {
    {1, "good practice", "good practices|best practice|best practices|bonne pratique|bonnes pratiques|buena practica|"
                         "buenas practicas|boa pratica|boas praticas|передовая практика|лучшая практика|"
                         "ممارسة جيدة|ممارسات جيدة|озық тәжірибе"},
    {2, "tool", "tools|outil|herramienta|ferramenta|инструмент|اداة|құрал"},
    {3, "toolkit", "tool kit|boite a outils|caja de herramientas|kit de ferramentas|набор инструментов|"
                   "مجموعة ادوات|құралдар жинағы"},
    {4, "guidance note", "guidance|guidance notes|guideline|guidelines|guide|methodological note|note d'orientation|"
                         "note methodologique|nota de orientacion|guia|nota metodologica|nota de orientacao|"
                         "руководство|методические указания|مذكرة توجيهية|нұсқаулық"},
    {5, "report", "reports|rapport|informe|reporte|relatorio|отчет|отчёт|доклад|تقرير|есеп"},
    {6, "policy brief", "policy briefs|brief|briefing paper|note de synthese|note de politique|resumen de politicas|"
                        "documento de politica|nota de politica|аналитическая записка|موجز سياسات|موجز سياساتي"},
    {7, "key message", "key messages|message cle|messages cles|mensaje clave|mensajes clave|mensagem chave|"
                       "mensagens chave|ключевое сообщение|ключевые тезисы|رسالة رييسية|رسايل رييسية"},
    {8, "legal instrument", "law|laws|act|decree|convention|treaty|loi|decret|instrument juridique|ley|decreto|"
                            "instrumento juridico|instrumento legal|lei|закон|правовой акт|постановление|конвенция|"
                            "صك قانوني|قانون|заң"},
    {9, "minutes", "minutes of meeting|meeting minutes|record of meeting|compte rendu|proces verbal|acta|actas|ata|"
                   "atas|протокол|محضر|محضر الاجتماع|хаттама"},
};
WORDS(hw_words_resource_type, "resource type", resource_type);

/* model.md names no words for this state; these follow a document's life. */
static const struct hw_word resource_state[] = {
    {1, "draft", "zero draft|1st draft|2nd draft|projet|brouillon|borrador|rascunho|проект|черновик|مسودة|жоба"},
    {2, "in review", "under review|review|en revision|en relecture|em revisao|на рассмотрении|قيد المراجعة"},
    {3, "published", "final|final draft|available|publie|final|publicado|disponible|disponivel|опубликовано|"
                     "опубликован|منشور|نهايي|жарияланды"},
    {4, "superseded", "replaced|obsolete|remplace|reemplazado|substituido|заменено|مستبدل"},
    {5, "withdrawn", "retire|retirado|отозвано|مسحوب"},
};
WORDS(hw_words_resource_state, "resource state", resource_state);

static const struct hw_word meeting_type[] = {
    {1, "workshop", "workshops|strategy workshop|atelier|taller|oficina|семинар|ورشة|ورشة عمل|семинар"},
    {2, "mission", "missions|field mission|field visit|mision|missao|миссия|بعثة|миссия"},
    {3, "consultation", "consultations|technical consultation|consulta|consultas|консультация|консультации|"
                        "مشاورة|مشاورات|кеңес беру"},
    {4, "quarterly meeting", "quarterly|reunion trimestrielle|reunion trimestral|reuniao trimestral|"
                             "ежеквартальное совещание|квартальное совещание|اجتماع ربع سنوي|тоқсандық кездесу"},
    {5, "meeting", "meetings|conference|webinar|reunion|reuniao|совещание|встреча|заседание|اجتماع|кездесу|отырыс"},
};
WORDS(hw_words_meeting_type, "meeting type", meeting_type);

const char *hw_word_name(const struct hw_vocabulary *vocabulary, uint16_t value)
{
    for (size_t i = 0; i < vocabulary->n; i++)
        if (vocabulary->words[i].value == value)
            return vocabulary->words[i].name;
    return NULL;
}

/* A printed name against a folded text: names are lower case ASCII, and the
 * only thing folding changes in them is the hyphen of "co-chair". */
static bool is_name(const char *name, const char *folded)
{
    size_t i = 0;
    for (; name[i] != '\0'; i++)
        if ((name[i] == '-' ? ' ' : name[i]) != folded[i])
            return false;
    return folded[i] == '\0';
}

static uint16_t listed(const struct hw_vocabulary *vocabulary, const char *folded)
{
    for (size_t i = 0; i < vocabulary->n; i++)
        if (is_name(vocabulary->words[i].name, folded))
            return vocabulary->words[i].value;
    for (size_t i = 0; i < vocabulary->n; i++)
        if (hw_fold_listed(vocabulary->words[i].synonyms, folded))
            return vocabulary->words[i].value;
    return 0;
}

/* What stands in brackets after a status says when, how much, or the same again; anything else may turn it round
 * ("Completed (in part)"). */
static bool only_notes(const struct hw_vocabulary *vocabulary, struct hw_arena *arena, const char *open, uint16_t value)
{
    struct hw_when when;
    size_t n = *open ? strcspn(open + 1, ")") : 0;
    if (*open == 0)
        return true;
    if (open[n + 1] != ')' || open[n + 2] != 0)
        return false;
    struct hw_slice inside = {(const uint8_t *)open + 1, n};
    hw_when_parse(inside, HW_DATES_DMY, &when);
    return strspn(open + 1, "0123456789%./ ") == n || when.kind == HW_WHEN_READ ||
           listed(vocabulary, hw_fold_word(arena, inside)) == value;
}

/* "Completed (June 2019)", "In progress: 60 %": the word that a status begins with. The rest stays in its label. */
static uint16_t status_with_notes(const struct hw_vocabulary *vocabulary, struct hw_arena *arena, const char *folded)
{
    size_t open = strcspn(folded, "("), n = open;
    while (n > 0 && strchr("0123456789%/.:;, ", folded[n - 1]) != NULL)
        n--;
    const char *word = hw_fold_word(arena, (struct hw_slice){(const uint8_t *)folded, n});
    uint16_t value = listed(vocabulary, word);
    /* "Completed 50 %" is no word about the whole. */
    if (value == HW_STATUS_COMPLETED && strchr(folded, '%') != NULL && strstr(folded, "100") == NULL)
        return 0;
    return value != 0 && only_notes(vocabulary, arena, folded + open, value) ? value : 0;
}

uint16_t hw_word_find(const struct hw_vocabulary *vocabulary, struct hw_slice text)
{
    HW_CLEANUP(hw_arena_done) struct hw_arena arena;
    hw_arena_init(&arena);
    const char *folded = hw_fold_word(&arena, text);
    uint16_t value = listed(vocabulary, folded);
    if (value == 0 && vocabulary == &hw_words_status)
        value = status_with_notes(vocabulary, &arena, folded);
    return value;
}
