import { start } from '../../start';
import { Reset } from './Reset';

void start(Reset);
