import { wireWeek } from "../week";

wireWeek();
