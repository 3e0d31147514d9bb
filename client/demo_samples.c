/* demo_samples.c: the workplans that the demo imports (floor 3, noun: demo).
 * The same files stand in tests/samples/; a test holds the two together. Invented
 * text in the shapes that offices really send. */
#include "client/demo.h"

const struct hw_demo_sample hw_demo_samples[] = {
    {"tracker-bars.txt",
     "|\n"
     "Responsible |\n"
     "Deadline |\n"
     "Status |\n"
     "Comments |\n"
     "KAZ:\n"
     "Agree the yearly plan of the theme group with all agencies |\n"
     "Head of office, KAZ |\n"
     "2024/03\n"
     "|\n"
     "Completed\n"
     "|\n"
     "Agreed at the meeting of February. The plan is in three languages. |\n"
     "KAZ:\n"
     "Review the draft law on equal pay and send one common answer |\n"
     "Gender specialist, KAZ |\n"
     "2025/06\n"
     "|\n"
     "In progress\n"
     "|\n"
     "First reading is done.\n"
     "Two agencies still have to send their remarks. |\n"
     "KGZ:\n"
     "Train the focal points of the ministries in reading budgets |\n"
     "Programme coordinator, KGZ |\n"
     "2025/09\n"
     "|\n"
     "Not started\n"
     "|\n"
     "Waits for a trainer. |\n"
     "TJK:\n"
     "Publish the brief on women in mountain villages |\n"
     "Communication officer, TJK |\n"
     "2024/11\n"
     "|\n"
     "Completed\n"
     "|\n"
     "Printed and on the web page. |\n"
     "UZB:\n"
     "Open a help line in two more provinces |\n"
     "Head of office, UZB |\n"
     "2031/12\n"
     "|\n"
     "Ongoing\n"
     "|\n"
     "One of two is open. |\n"},
    {"workplan.tsv",
     "PRIORITY AREAS OF WORK\tCOUNTRIES\tRESPONSIBLE\tDELIVERABLES\tTIMELINE\tSTATUS\tNOTES\n"
     "1) Map the barriers that keep newcomers from health care\tKAZ, COL, SEN\tHealth team\tMap of barriers\t06/2025\tIn progress\tInterviews are done in two of three countries\n"
     "2) Collect good practices of cities\tCOL, PER\tCities team\tCollection of twelve cases\tDecember 2024\tCompleted\t\n"
     "3) Write a checklist for town halls\tCOL\tCities team\tChecklist in two languages\t03/2025\tNot started\tNeeds the cases first\n"
     "4) Translate the patient's guide\tKAZ, KGZ\tHealth team\tGuide in Russian and Kyrgyz\tQ4 2031\tIn progress\t\n"
     "5) Hold a learning day for school heads\tSEN, MLI\tSchools team\tReport of the day\t11/2024\tOn hold\tThe date moves to the next school year\n"},
    {"plan-fr.csv",
     "N°;Activité;Pays;Responsable;Échéance;Statut;Observations\n"
     "1;Former les inspecteurs du travail de trois régions;SEN;Ministère du travail;12/2024;Terminé;Trente inspecteurs formés\n"
     "2;Publier le guide du droit au registre civil;SEN;Bureau de Dakar;06/2025;En cours;\"Version wolof prête; version pulaar en relecture\"\n"
     "3;Ouvrir deux guichets mobiles;MLI;Croissant local;09/2025;Non démarré;En attente du véhicule\n"
     "4;Évaluer la campagne radio;SEN;Bureau de Dakar;03/2031;Non démarré;\n"},
    {"plan-es.csv",
     "Actividad,País,Responsable,Fecha límite,Estado,Observaciones\n"
     "Censo de albergues temporales,COL,Alcaldía de Cúcuta,30/11/2024,Concluido,Se contaron 41 albergues\n"
     "Mesa técnica sobre trabajo infantil,COL,Oficina de Bogotá,15/05/2025,En proceso,\"Falta la firma, prevista para junio\"\n"
     "Guía de acogida en escuelas,PER,Oficina de Lima,31/08/2025,Pendiente,\n"
     "Taller regional de registro,ECU,Oficina de Quito,20/02/2031,No iniciado,Sede por confirmar\n"},
};
const size_t hw_demo_samples_n = sizeof hw_demo_samples / sizeof hw_demo_samples[0];
