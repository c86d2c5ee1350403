import { useState } from 'preact/hooks';
import type { Errors } from '../../components/ErrorSummary';
import { Field } from '../../components/Field';
import { Helpdesk } from '../../components/Helpdesk';
import { t } from '../../language';
import { Frame } from './Frame';
import type { StepProps } from './Reset';
import { verify } from './state';

/** Asks the security questions. */
export function QuestionsStep(props: StepProps) {
    const { state, settings, errors, refuse, run, go } = props;
    const questions = state.questions ?? [];
    const [answers, setAnswers] = useState(questions.map(() => ''));
    const submit = () => {
        const missing: Errors = {};
        answers.forEach((answer, index) => {
            if (!answer.trim()) missing[`answer-${index}`] = t('reset.answerMissing', { question: questions[index]?.text ?? '' });
        });
        if (Object.keys(missing).length) return refuse(missing);
        const given = questions.map(({ questionId }, index) => ({ questionId, answer: answers[index] }));
        run(() => verify(state, { answers: given }));
    };
    return (
        <Frame
            {...props}
            heading={t('reset.questionsHeading')}
            other={state.methods?.[1] && [t('reset.anotherWay'), () => go('method')]}
            onSubmit={submit}
            below={<Helpdesk settings={settings} />}
        >
            <p>{t('reset.questionsLead')}</p>
            {questions.map(({ questionId, text }, index) => (
                <Field
                    key={questionId}
                    id={`answer-${index}`}
                    label={text}
                    autoComplete="off"
                    value={answers[index] ?? ''}
                    error={errors[`answer-${index}`]}
                    onInput={(answer) => setAnswers(answers.map((old, at) => (at === index ? answer : old)))}
                />
            ))}
        </Frame>
    );
}
